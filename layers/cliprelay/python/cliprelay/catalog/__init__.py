"""Models as data: one entry per model, shared by validation, submit, quotes, documentation and the simulator."""
