"""The promises of each port, inherited by every implementation."""
