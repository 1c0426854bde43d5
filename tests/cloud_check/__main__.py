"""`python -m tests.cloud_check --local service`, or `--region R --yes` for an AWS account."""

import sys

from tests.cloud_check.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
