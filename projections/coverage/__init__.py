"""Which source told how much on which day, so that a fall in counts caused by a lost source shows."""
