"""The stand-in for Lambda: a pool of sandboxes for the handlers."""
