"""Verifying the log and what is derived from it: everything is counted, hashed and folded once more."""
