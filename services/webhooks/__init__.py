"""Subscriptions, and what is sent to them, signed."""
