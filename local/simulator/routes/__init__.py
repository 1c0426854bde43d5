"""The simulator's endpoints: create, poll and download."""
