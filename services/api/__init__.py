"""The HTTP interface: recording and answering."""
