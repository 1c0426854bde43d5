"""The routes of ClipRelay's own API, version 1."""
