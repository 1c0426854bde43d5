"""Ark's content generation tasks over our own orders and videos: the routes under /api/v3."""
