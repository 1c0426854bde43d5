"""One module per generated page, and the command that writes or checks them all."""
