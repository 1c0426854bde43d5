"""A local CloudFormation: create the resources of template.yaml."""
