"""The steps of a video's walk, one module each; their collaborators are arguments."""
