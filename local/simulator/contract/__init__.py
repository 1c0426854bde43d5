"""What the simulated model accepts, costs and allows per minute."""
