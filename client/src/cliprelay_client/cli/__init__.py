"""The command `cliprelay`."""
