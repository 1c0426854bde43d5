"""moto plays AWS; here is what changes it."""

from local.aws.moto.instance_tables import import_ec2_without_tables

# At import, because moto imports it at import, too.
import_ec2_without_tables()
