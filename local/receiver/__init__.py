"""A small webhook receiver: verifies and prints events, and can fail on request."""
