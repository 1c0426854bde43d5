"""The owner's commands: for a deployed stack, or the service on this machine, by the same code."""
