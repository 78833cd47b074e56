"""The log as files: written with all hashes, and read back into an empty database."""
