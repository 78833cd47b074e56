"""What shows that the promises are kept."""
