"""The simulator's routes: create, poll and download."""
