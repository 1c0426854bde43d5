"""The Python client: flows that describe each call once, and two ways to run them."""
