"""Passes: rewrites of programs, each in a file of its own."""
