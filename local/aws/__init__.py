"""The AWS endpoint of the local service."""
