"""A local API Gateway HTTP API."""
