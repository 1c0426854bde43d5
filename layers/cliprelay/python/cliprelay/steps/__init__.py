"""The steps of the walk, one module each, with their collaborators as arguments."""
