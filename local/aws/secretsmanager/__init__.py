"""Secrets Manager: moto, with its secrets on disk."""
