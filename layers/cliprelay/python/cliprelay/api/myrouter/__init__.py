"""The provider's own asynchronous API over our own orders and videos: the routes under /v3."""
