"""`python -m tests.simulation.alarms`: hours from the beginning of each long fault to the first alarm, as a Markdown table.

Exit status 1 if a fault of two hours did not ring within the third, and nothing says why it may be quiet.
"""

import sys
from argparse import ArgumentParser

from tests.simulation.alarms.long_faults import FAULTS, QUIET
from tests.simulation.alarms.trial import MANY, ONE, ring
from tests.simulation.faults.outages import HOUR
from tests.simulation.workers import in_this_process


def main(argv: list[str]) -> int:
    parser = ArgumentParser(prog="python -m tests.simulation.alarms", description=__doc__)
    parser.add_argument("--lasts", type=float, default=2.0, help="hours that each fault lasts")
    parser.add_argument("--watched", type=float, default=3.0, help="hours after its beginning in which an alarm is awaited")
    options = parser.parse_args(argv)
    silent = []
    sys.stdout.write(f"| fault | {ONE} | {MANY} |\n| --- | --- | --- |\n")
    with in_this_process() as output:
        for fault in FAULTS:
            rang = [ring(fault, orders, output, lasts=options.lasts * HOUR, watched=options.watched * HOUR) for orders in (ONE, MANY)]
            silent += [fault.name] if any(each.hours is None for each in rang) and fault.name not in QUIET else []
            sys.stdout.write(f"| {fault.name} | {rang[0]} | {rang[1]} |\n")
            sys.stdout.flush()
    if silent:
        sys.stderr.write(f"silent: {', '.join(silent)}\n")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
