"""Records in the form that the commands print."""
