"""What every face of the API shares."""
