"""ClipRelay on one machine: the application of template.yaml, served without Docker and without an AWS account."""
