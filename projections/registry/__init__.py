"""What is registered: parties, places, sources and reports, found by id, by name and by what they are."""
