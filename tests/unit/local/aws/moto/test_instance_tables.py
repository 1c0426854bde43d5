"""moto's EC2 in a process of its own, because other tests may have imported it here."""

import subprocess
import sys

import pytest

CODE = """
import {module}
from moto.ec2.models import amis, availability_zones_and_regions as zones, instance_types
from moto.utilities.utils import load_resource
tables = [instance_types.INSTANCE_TYPES, amis.AMIS, zones.RegionsAndZonesBackend.regions]
print(*map(len, tables), len(load_resource("ec2/resources/amis.json")) > 0)
"""


@pytest.mark.parametrize("module", ["local.serve.service", "local.aws.moto.step_functions"])
def test_the_service_loads_no_table_of_instances_or_regions_and_everything_else(module: str) -> None:
    code = [sys.executable, "-c", CODE.format(module=module)]
    assert subprocess.run(code, capture_output=True, text=True, check=True).stdout.split() == ["0", "0", "0", "True"]  # noqa: S603
