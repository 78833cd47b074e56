"""Where explosive devices are reported to lie, to have gone off, and to have been removed."""
