"""The videos that the simulator makes and serves."""
