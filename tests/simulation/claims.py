"""How many claims a second the controls carry: real claims over DynamoDB in memory whose transactions hold their items for a while.

    .venv/bin/python -m tests.simulation.claims

prints, for 1 copy and for as many as there are, the share of claims that gave up at some rates. A claim is what Submit makes of it: the
transaction, repeated by `aws/table.py` while others hold its items. An item's own limit (1,000 units a second, 2 for a check in a
transaction) is a token bucket of 500 checks a second.
"""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from cliprelay.admission import table as controls_table
from cliprelay.admission.controls import COPIES, Admission
from cliprelay.admission.table import ControlsTable
from cliprelay.aws.table import Contended, Table
from tests.simulation.runtime.clock import Timeline
from tests.simulation.runtime.processes import Ending, Stage, Strand
from tests.support.makers import GRACE, NOW
from tests.support.memory_aws.contention import Contention
from tests.support.memory_aws.dynamodb import MemoryDynamoDB
from tests.support.memory_aws.messaging import MemorySecrets, MemorySns
from tests.support.memory_aws.s3 import MemoryS3
from tests.support.memory_aws.session import MemoryAws, session_over, table_of
from tests.support.memory_aws.step_functions import MemoryStepFunctions
from tests.support.world import template_resources

# Seconds for which a transaction holds its items, and how many checks an item takes a second.
HELD, CHECKS = 0.008, 500.0
# Retries make a rate that is too high slow to play, so one copy stops where it is hopeless.
RATES = {1: (25, 50, 100), COPIES: (100, 250, 500, 1_000)}
# Long enough for the retries of the first claims to meet those of the last.
SECONDS = 4.0


@dataclass
class Count:
    """What became of the claims of one rate, and how often their transactions were sent."""

    claims: int = 0
    gave_up: int = 0
    sent: int = 0


class Claims:
    """Claims of different videos, each in a process of its own, on one virtual clock."""

    def __init__(self, seed: int) -> None:
        self.rng, self.count = random.Random(seed), Count()  # noqa: S311 - not for secrets
        self.timeline = Timeline(NOW.timestamp())
        self.stage = Stage(self.timeline)

        def now() -> float:
            return self.timeline.now

        contention = Contention(now)
        contention.duration, contention.rate = (lambda: HELD), CHECKS
        table = table_of(template_resources()["VideosTable"], "videos", now)
        others = MemoryS3("any"), MemoryStepFunctions("any", now), MemorySns("any"), MemorySecrets()
        aws = MemoryAws(MemoryDynamoDB({"videos": table}, contention), *others)
        client = session_over(aws.answer).client("dynamodb")
        self.controls = ControlsTable(client, "videos")
        self.table = Table(client, "videos", sleep=self.stage.pause)

    def claim(self, number: int) -> None:
        """Claim a video as Submit does, with the video reduced to one attribute."""
        video_id = f"vid_{number:026}"
        update = self.table.update_part(video_id, {"status": "submitting"}, "", {})
        self.count.claims += 1
        try:
            self.table.transact(update, self.controls.permit(Admission(), video_id, NOW, GRACE))
        except Contended:
            self.count.gave_up += 1

    def run(self, rate: float, seconds: float) -> Count:
        """Begin claims at random moments, `rate` a second on average, and let all of them end."""
        self.controls.mirror()
        moment, number = self.timeline.now + 1, 0
        until = moment + seconds
        while (moment := moment + self.rng.expovariate(rate)) < until:
            number += 1
            self._begin(moment, number)
        self.timeline.run(lambda: self.timeline.now > until + 30)
        return self.count

    def _begin(self, moment: float, number: int) -> None:
        def ended(ending: Ending) -> None:
            if ending.error:
                raise ending.error

        strand = Strand("claim", lambda: self.claim(number), float("inf"))
        self.timeline.at(moment, lambda: self.stage.begin(strand, ended))


@contextmanager
def copies(number: int) -> Iterator[None]:
    """Let the controls have so many copies."""
    with patch.object(controls_table, "COPIES", number):
        yield


def share_given_up(rate: float, number: int, seconds: float = SECONDS, seed: int = 1) -> float:
    """Return the share of claims that found their copy busy at every try."""
    with copies(number):
        count = Claims(seed).run(rate, seconds)
    return count.gave_up / count.claims


def main() -> None:
    """Print a table."""
    sys.stdout.write("copies | claims a second | gave up\n---: | ---: | ---:\n")
    for number, rates in RATES.items():
        for rate in rates:
            sys.stdout.write(f"{number} | {rate:,} | {share_given_up(rate, number):.2%}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
