"""The record of a video: states, moves, table, idempotency, links, cost and public view."""
