"""The folder for the local service's files."""
