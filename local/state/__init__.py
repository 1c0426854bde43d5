"""The folder in which the local service keeps its files."""
