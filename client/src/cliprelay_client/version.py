"""State the version, which is the server's."""

VERSION = "0.1.0"
