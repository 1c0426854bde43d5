"""What AWS may do without any fault: everything here is documented behaviour, and most of it never shows on a quiet day."""

from dataclasses import dataclass
from random import Random

from tests.support.memory_aws.dynamodb import MemoryDynamoDB
from tests.support.memory_aws.s3 import MemoryS3
from tests.support.memory_aws.step_functions import MemoryStepFunctions
from tests.support.memory_aws.throttling import TokenBucket

# DescribeExecution is eventually consistent: seconds by which it may be late.
DESCRIBE_LAG = 5.0
# An index follows within milliseconds mostly; one write in twenty takes seconds.
INDEX_LAG, LONG_INDEX_LAGS = 5.0, 0.05
# Seconds by which a read that is not consistent may be late.
READ_LAG = 1.0
# Seconds for which a transaction holds its items. A few get stuck: DynamoDB recovers them some five seconds after their beginning.
TRANSACTION, LONG_TRANSACTION, LONG_TRANSACTIONS = (0.005, 0.03), 6.0, 0.03
# Seconds of an upload of a video.
UPLOAD = (0.1, 3.0)
# Calls at once and per second, in regions other than the largest three: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
STATES_QUOTAS = {"StartExecution": (800, 150), "DescribeExecution": (250, 10)}
# In some runs, other applications of the account leave only so much of its quotas.
SHARES = (1.0, 1.0, 0.01)
# The concurrency of a new account; None is more than a run needs.
SANDBOXES = (None, None, 10)
# Seconds from a call to the handler in a new sandbox, and for how long an idle one is kept.
INIT, KEPT_WARM = (0.5, 4.0), (300.0, 900.0)
# Writes a second of one item before it is throttled; DynamoDB allows 1,000, to all users of its partition together.
ITEM_WRITES = (None, None, 1.0)
# Of the time in which a run's orders come: in some runs they all come within half a minute.
CROWDING = (1.0, 1.0, 1 / 60)
# EventBridge delivers most events within seconds, and some minutes late.
EVENT_DELAY, LATE_EVENT_DELAY, LATE_EVENTS = (0.2, 5.0), (60.0, 900.0), 0.1


@dataclass(frozen=True)
class Meanness:
    """What differs from run to run."""

    quota_share: float
    sandboxes: int | None
    item_writes: float | None
    crowding: float


KIND = Meanness(1.0, None, None, 1.0)


def draw_meanness(rng: Random) -> Meanness:
    """Draw how mean AWS is in a run."""
    return Meanness(rng.choice(SHARES), rng.choice(SANDBOXES), rng.choice(ITEM_WRITES), rng.choice(CROWDING))


def make_mean(meanness: Meanness, rng: Random, dynamodb: MemoryDynamoDB, s3: MemoryS3, machine: MemoryStepFunctions) -> None:
    """Switch on what the services do."""
    for table in dynamodb.tables.values():
        table.lag = lambda: rng.uniform(0, INDEX_LAG) if rng.random() < LONG_INDEX_LAGS else 0.05
        table.read_lag = lambda: rng.uniform(0, READ_LAG)
    dynamodb.contention.duration = lambda: (
        rng.uniform(0, LONG_TRANSACTION) if rng.random() < LONG_TRANSACTIONS else rng.uniform(*TRANSACTION)
    )
    dynamodb.contention.rate = meanness.item_writes
    s3.upload_time = lambda: rng.uniform(*UPLOAD)
    machine.lag = lambda: rng.uniform(0, DESCRIBE_LAG)
    for operation, (size, refill) in STATES_QUOTAS.items():
        machine.quotas[operation] = TokenBucket(size * meanness.quota_share, refill * meanness.quota_share, machine.now)


def event_delay(rng: Random) -> float:
    """Return the seconds until EventBridge delivers an event."""
    return rng.uniform(*(LATE_EVENT_DELAY if rng.random() < LATE_EVENTS else EVENT_DELAY))
