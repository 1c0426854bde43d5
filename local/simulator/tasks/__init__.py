"""Paid tasks on their clock, and the ledger of payments."""
