"""State the version; packaging and the OpenAPI document read it here."""

VERSION = "0.1.0"
