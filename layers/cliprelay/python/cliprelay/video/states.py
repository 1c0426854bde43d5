"""The states of a video and the moves between them; every other module asks here."""

from enum import StrEnum


class Status(StrEnum):
    """Where a video stands, as the API shows it."""

    QUEUED = "queued"  # accepted, nothing paid
    SUBMITTING = "submitting"  # the paid call is in flight
    RUNNING = "running"  # the upstream has it, and we hold its id
    ARCHIVING = "archiving"  # the upstream is done, we are copying
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"
    UNCONFIRMED = "unconfirmed"  # was it accepted? not known


TERMINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.EXPIRED, Status.CANCELED})

# The owner is told of every ending, and of a payment whose outcome nobody knows.
ANNOUNCED = TERMINAL | {Status.UNCONFIRMED}

# With one of these the upstream holds a paid task of ours, or may hold one.
MAYBE_PAID = frozenset({Status.SUBMITTING, Status.RUNNING, Status.ARCHIVING, Status.UNCONFIRMED})

MOVES: dict[Status, frozenset[Status]] = {
    # A late id adopts also a video that was put back, as unpaid, by somebody who could not know of it.
    Status.QUEUED: frozenset({Status.SUBMITTING, Status.RUNNING, Status.FAILED, Status.CANCELED}),
    Status.SUBMITTING: frozenset({Status.RUNNING, Status.QUEUED, Status.FAILED, Status.UNCONFIRMED}),
    # A late id adopts the video; a late refusal proves that nothing was paid.
    Status.UNCONFIRMED: frozenset({Status.RUNNING, Status.QUEUED, Status.FAILED}),
    Status.RUNNING: frozenset({Status.ARCHIVING, Status.FAILED, Status.EXPIRED, Status.CANCELED}),
    Status.ARCHIVING: frozenset({Status.SUCCEEDED, Status.FAILED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.CANCELED: frozenset(),
}


def may_move(source: Status, target: Status) -> bool:
    """Whether the table allows the move; a terminal state allows none."""
    return target in MOVES[source]
