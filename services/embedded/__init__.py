"""PostgreSQL and Valkey run as children of one supervising process."""
