"""Many seeded histories with faults."""
