"""S3's presigned URLs and form uploads."""
