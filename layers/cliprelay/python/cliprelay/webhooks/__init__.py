"""Webhooks of tenants: settings, secrets, signing, deliveries and retries."""
