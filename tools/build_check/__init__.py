"""Builds the functions and layers as they are deployed, and asks every handler with nothing else around it."""
