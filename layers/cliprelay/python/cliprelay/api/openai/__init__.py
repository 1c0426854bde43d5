"""OpenAI's Videos API over our own orders and videos: the routes under /openai/v1."""
