"""A small receiver of webhooks: it verifies what comes, prints it, and can be told to fail first."""
