"""One reader per image format: size and orientation from the header."""
