"""The bodies of version 1, as pydantic models."""
