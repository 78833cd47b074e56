"""The brief: the situation of a period as a reader would write it, each sentence with its links."""
