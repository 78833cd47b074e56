"""The processes and their edges: API, workers, command line, embedded servers."""
