"""The Redis channels that processes wake each other through; what is missed on them costs freshness, nothing else."""

APPENDED = "conflictlog:appended"
"""Told by the API after each batch it appended: the log's new head."""

FOLDED = "conflictlog:folded"
"""Told by a worker after each commit of a projection: the position reached."""
