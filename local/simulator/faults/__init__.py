"""The faults that a prompt or a script can ask for."""
