"""What every provider must do, and the adapters that do it."""
