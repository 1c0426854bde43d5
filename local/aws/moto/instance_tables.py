"""Keep moto's tables of EC2 instances, images and regions out of memory.

moto's Step Functions and CloudFormation import its EC2, and that loads every type of instance of every region, and the SDK's whole
description of EC2 three times to list the regions: 130 MB and two seconds of CPU. Nothing here has an instance.
"""

import importlib
from unittest.mock import patch

# Replaced while EC2 is imported.
LOADER = "moto.utilities.utils.load_resource"
REGIONS = "boto3.Session.get_available_regions"


def import_ec2_without_tables() -> None:
    """Import moto's EC2 before anything else does."""
    with patch(LOADER, lambda resource: {}), patch(REGIONS, lambda session, service, **options: []):
        importlib.import_module("moto.ec2")
