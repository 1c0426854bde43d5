"""The operator's SNS topic and its messages."""
