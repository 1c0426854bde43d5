"""Installs what is pinned; runs on the user's own Python, before anything is installed."""
