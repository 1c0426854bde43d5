"""Models as data: one entry per model, read by validation, submit, quotes, documentation and the simulator alike."""
