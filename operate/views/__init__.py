"""Records as the commands print them."""
