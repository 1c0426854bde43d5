"""Outbound HTTP to addresses that somebody else chose."""
