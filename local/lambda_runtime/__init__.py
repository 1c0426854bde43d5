"""A local Lambda: a pool of sandboxes that run the handlers."""
