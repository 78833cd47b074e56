"""The log's own word: the key that it signs with, and the proofs that others keep."""
