"""moto, and what it lacks or gets wrong."""
