"""Who left from where and for where, and who came back."""
