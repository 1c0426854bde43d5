"""The adapter for MyRouter's asynchronous API."""
