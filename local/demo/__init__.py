"""The demo: one video from a picture to a playable file, every step shown."""
