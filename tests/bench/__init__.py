"""Measurements, each a command that prints figures."""
