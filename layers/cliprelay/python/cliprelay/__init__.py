"""What the functions share: pure decisions, the edges they act through, and the wiring between the two."""
