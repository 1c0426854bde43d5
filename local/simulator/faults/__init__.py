"""The faults that a prompt or a script can request."""
