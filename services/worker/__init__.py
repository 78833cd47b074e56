"""The worker processes and their RQ jobs."""
