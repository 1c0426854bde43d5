"""SNS deliveries: signed HTTP notifications and e-mail."""
