"""Data sets as they lie on disk: each layout read into sequences."""
