"""JSON views of records in version 1."""
