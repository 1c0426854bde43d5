"""Outbound HTTP to URLs from others."""
