"""The contract that every provider fulfils, and the adapters."""
