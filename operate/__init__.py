"""The operator's commands, for a deployed stack or the local service."""
