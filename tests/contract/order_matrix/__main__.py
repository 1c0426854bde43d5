"""`python -m tests.contract.order_matrix`: checks the whole matrix and prints the result."""

import sys

from tests.contract.order_matrix.matrix import run


def main() -> int:
    """Return exit status 1 if any result is wrong."""
    counts = run()
    for model, found in counts.by_model.items():
        print(f"{model}: {', '.join(f'{count:,} {what}' for what, count in found.items())}")  # noqa: T201 - its purpose
    total = sum(found["accepted by us"] + found["refused by us"] for found in counts.by_model.values())
    rejected = sum(found["which the simulator rejects"] for found in counts.by_model.values())
    print(f"{total:,} combinations, {len(counts.wrong):,} wrong, {rejected:,} that we would pay for and the simulator rejects")  # noqa: T201
    for line in counts.wrong[:20]:
        print(line)  # noqa: T201
    return bool(counts.wrong)


sys.exit(main())
