"""Admission: whether a queued video may be paid for now, by pause switch and circuit breaker."""
