"""Scores for the eye: tables, plots, one self-contained page, boxes drawn over video."""
