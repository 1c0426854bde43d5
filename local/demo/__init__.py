"""The demo: create one video from a picture and show every step."""
