"""Trackers over sequences: runs that can be taken up again, and the results that they leave on disk."""
