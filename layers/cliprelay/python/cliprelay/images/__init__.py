"""Format, size and frames of an image, read from its header alone: one reader per format, each limited in bytes and steps.

Nothing here decodes pixels, and only this package knows file formats.
"""
