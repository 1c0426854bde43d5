"""Draws the pictures of the documents from what commands really show."""
