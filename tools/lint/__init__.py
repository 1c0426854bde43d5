"""Checks that `make lint` and the commit hooks run; they need neither network nor uv."""
