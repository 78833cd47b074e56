"""Every shape ever released, byte for byte."""
