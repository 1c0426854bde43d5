"""S3 on this machine: objects are files, what is known about them is in the database."""
