"""Generate, cache and sign the simulator's videos."""
