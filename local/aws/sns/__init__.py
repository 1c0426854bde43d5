"""SNS deliveries: signed HTTPS notifications and e-mail."""
