"""Executions of state machines that outlive the service; moto interprets them."""
