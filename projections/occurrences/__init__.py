"""Occurrences as they were known, found by what happened, where, to whom, and who told of it."""
