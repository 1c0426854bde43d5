"""The stand-in for API Gateway's HTTP API."""
