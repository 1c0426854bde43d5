"""`python -m tests.simulation.deliveries --events N --seed S`: deliveries to every kind of receiver; exit 1 if one is lost."""

import argparse
import sys

from tests.simulation.deliveries.run import Run

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--events", type=int, default=100_000)
parser.add_argument("--seed", type=int, default=1)
given = parser.parse_args()
run = Run(given.events, given.seed)
run.play()
sys.stdout.write(run.report() + "\n")
sys.exit(1 if run.wrong or run.lost else 0)
