"""The OpenAPI operations of version 1: how the routes are documented, loaded only to generate the document."""
