"""November 2020, as commands sent through the same door as any reporter's."""
