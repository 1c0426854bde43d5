"""The stand-in for CloudFormation: creates what template.yaml describes."""
