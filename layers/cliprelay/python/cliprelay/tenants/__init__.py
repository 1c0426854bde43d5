"""Who owns what: API keys and their tenants."""
