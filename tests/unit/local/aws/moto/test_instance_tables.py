"""moto's EC2 in a process of its own, because other tests may have imported it here."""

import subprocess
import sys

CODE = """
import local.aws.moto.step_functions
from moto.ec2.models import amis, instance_types
from moto.utilities.utils import load_resource
print(len(instance_types.INSTANCE_TYPES), len(amis.AMIS), len(load_resource("ec2/resources/amis.json")) > 0)
"""


def test_the_service_loads_no_table_of_instances_and_everything_else() -> None:
    output = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)  # noqa: S603
    assert output.stdout.split() == ["0", "0", "True"]
