"""Datasets of others, row by row turned into commands and sent through one sink."""
