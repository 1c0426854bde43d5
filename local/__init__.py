"""Run ClipRelay's template.yaml on one machine, without Docker or an AWS account."""
