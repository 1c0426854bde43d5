"""Whether a queued video may be paid for now: the pause switch and the circuit breaker."""
