import sys

from local.simulator.command import main

sys.exit(main(sys.argv[1:]))
