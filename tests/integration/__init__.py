"""Our code against real servers."""
