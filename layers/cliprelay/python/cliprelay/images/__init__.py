"""What an image is, read from its header alone: format, size, frames. One reader per format, each bounded in bytes and steps.

Nothing here decodes a pixel, and nothing outside this package knows how a file is built.
"""
