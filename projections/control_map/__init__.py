"""Who is reported to hold which place, and which places are to pass to whom."""
