"""SQS: moto's interface over messages on disk."""
