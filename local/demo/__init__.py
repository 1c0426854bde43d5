"""The demo: one video from a picture to a playable file, every step shown."""

from local.demo.command import main

__all__ = ["main"]
