"""MP4 files: whether a downloaded file is a video that players can show."""
