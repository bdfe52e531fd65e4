"""Backends: ways to run programs, each in a file of its own."""
