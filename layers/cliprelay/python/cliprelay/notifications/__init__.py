"""The operator's SNS topic and what it carries."""
