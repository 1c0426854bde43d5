"""Every fault of the table is run: record, log and the upstream's ledger are as in the table."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from cliprelay.upstream.credentials import UpstreamKey
from local.simulator.service import Simulator
from tests.contract.faults.any_call import CONNECTIONS, HEADS
from tests.contract.faults.poll import KEY_IN_A_REASON
from tests.contract.faults.rows import COPIED, DOUBT, FINISHED, RUNS, Endpoint, Money, Row
from tests.contract.faults.runner import Seen, Walks, believing
from tests.contract.faults.table import ROWS, rows_at
from tests.contract.faults.worlds import SECRET, world_in_memory
from tests.support.certificates import Certificates
from tests.support.fake_upstream import KEY
from tests.support.faulty_server import HOST
from tests.support.makers import OwnedClock

if TYPE_CHECKING:
    from tests.support.world import World

_FINE = (RUNS, FINISHED, COPIED)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"), HOST)


def _walking(world: "World", key: UpstreamKey, certificates: Certificates) -> Iterator[Walks]:
    logger = logging.getLogger("cliprelay")
    books: list[str] = []
    # Tasks end at once, so that no test waits.
    simulator = Simulator(KEY, cheap=True, clock=world.clock.seconds, log=books.append, queue=0, run=0, rate_limit=0)
    with simulator, believing(certificates):
        walks = Walks(world, simulator, key, certificates, books)
        logger.addHandler(walks.said)
        warm = walks.begin(Row(Endpoint.SUBMIT, "none", RUNS))
        walks.lead_on(warm, walks.submit(warm))
        yield walks
        logger.removeHandler(walks.said)


@pytest.fixture(scope="module")
def walks(certificates: Certificates) -> Iterator[Walks]:
    clock = OwnedClock()
    world = world_in_memory(clock)
    yield from _walking(world, UpstreamKey(world.secrets, SECRET, seconds=clock.seconds), certificates)


@pytest.fixture
def moto_walks(moto_world: "World", certificates: Certificates) -> Iterator[Walks]:
    yield from _walking(moto_world, moto_world.upstream_key(), certificates)


def _play(walks: Walks, row: Row, *, takes: bool = True) -> None:
    seen, video_id, result = walks.meet(row, takes=takes and row.expected.money is not Money.NOTHING)
    assert seen == Seen.of(row.expected)
    books = len(walks.books)
    video = walks.lead_on(video_id, result)
    assert video.status == row.end_after_all
    assert len(walks.books) - books == (1 if row.expected.status == "queued" else 0)
    told = walks.said.text + str(video.error)
    assert not [secret for secret in (KEY, KEY_IN_A_REASON, "X-Amz-Signature") if secret in told]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_fault_has_the_effect_on_video_and_money_that_the_table_says(walks: Walks, row: Row) -> None:
    _play(walks, row)


_DOUBTFUL = [row for row in rows_at(Endpoint.SUBMIT) if row.expected is DOUBT and row.far and not row.large][:10]


@pytest.mark.parametrize("row", _DOUBTFUL, ids=lambda row: row.name)
def test_an_unconfirmed_video_is_the_same_whether_or_not_the_upstream_accepted_it(walks: Walks, row: Row) -> None:
    _play(walks, row, takes=False)


def _one_of_each() -> list[Row]:
    """Return the first row of every endpoint and outcome."""
    first: dict[object, Row] = {}
    for row in ROWS:
        first.setdefault((row.endpoint, row.expected.status, row.expected.then), row)
    return list(first.values())


def test_the_table_holds_with_moto_as_with_aws_in_memory(moto_walks: Walks) -> None:
    for row in _one_of_each():
        _play(moto_walks, row)


def test_every_endpoint_has_more_than_sixty_faults() -> None:
    faults = [{row.fault for row in rows_at(endpoint) if row.expected not in _FINE} for endpoint in Endpoint]
    assert len(set.intersection(*faults)) >= 60
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_a_faultless_far_end_is_accepted() -> None:
    good = [row for each in (*CONNECTIONS, *HEADS) for row in each.rows() if row.expected in _FINE]
    assert {row.endpoint for row in good} == set(Endpoint)
