"""`python -m local serve`: the command, its options and the service."""
