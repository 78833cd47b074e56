"""What can be said, the rules for saying it, and the log that keeps it."""
