"""A tenant's webhook: settings, secrets, signing, deliveries and retries."""
