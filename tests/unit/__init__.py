"""Single modules, no servers."""
