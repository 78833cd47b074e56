"""The running system, from outside."""
