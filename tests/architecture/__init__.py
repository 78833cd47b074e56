"""Checks of the project itself: its shape, its words, its imports."""
