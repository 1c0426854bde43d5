"""`python -m cliprelay_client`, the same as `cliprelay`."""

import sys

from cliprelay_client.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
