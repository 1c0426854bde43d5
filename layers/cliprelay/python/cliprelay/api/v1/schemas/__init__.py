"""Request and response schemas of version 1."""
