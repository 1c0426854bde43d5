"""Records as version 1 shows them."""
