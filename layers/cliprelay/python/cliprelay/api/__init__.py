"""The HTTP surface: what clients send and see; everything behind it is the walk of a video."""
