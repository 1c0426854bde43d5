"""Finished files: download, MP4 check and storage."""
