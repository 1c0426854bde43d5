"""The simulator's HTTP: server, requests, responses and ranges."""
