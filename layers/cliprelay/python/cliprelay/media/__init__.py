"""Finished files: download, MP4 check and the bucket that keeps them."""
