"""The HTTP API: everything that clients send and receive."""
