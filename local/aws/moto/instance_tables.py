"""Keep moto's tables of EC2 instances and images out of memory.

moto's Step Functions and CloudFormation import its EC2, and that loads every type of instance of every region: 130 MB and a second of CPU.
Nothing here has an instance.
"""

import importlib
from unittest.mock import patch

# Replaced while EC2 is imported.
LOADER = "moto.utilities.utils.load_resource"


def import_ec2_without_tables() -> None:
    """Import moto's EC2 before anything else does."""
    with patch(LOADER, lambda resource: {}):
        importlib.import_module("moto.ec2")
