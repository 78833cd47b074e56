"""Who struck whom, how often: strikes as reported, their counts and trailing windows."""
