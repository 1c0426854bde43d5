"""The states of a video and the permitted moves between them."""

from enum import StrEnum


class Status(StrEnum):
    """The state of a video, as the API shows it."""

    QUEUED = "queued"  # accepted, nothing paid yet
    SUBMITTING = "submitting"  # the paid call is in flight
    RUNNING = "running"  # accepted by the upstream, task id stored
    ARCHIVING = "archiving"  # finished by the upstream, being copied
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"
    UNCONFIRMED = "unconfirmed"  # whether the upstream accepted it is unknown


TERMINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.EXPIRED, Status.CANCELED})

# Every end is announced, and every payment with an unknown outcome.
ANNOUNCED = TERMINAL | {Status.UNCONFIRMED}

MOVES: dict[Status, frozenset[Status]] = {
    # RUNNING: a late task id also adopts a video that the operator requeued as unpaid.
    Status.QUEUED: frozenset({Status.SUBMITTING, Status.RUNNING, Status.FAILED, Status.CANCELED}),
    # CANCELED: what would go back to the queue ends, if its owner has asked for that.
    Status.SUBMITTING: frozenset({Status.RUNNING, Status.QUEUED, Status.FAILED, Status.CANCELED, Status.UNCONFIRMED}),
    # A late task id adopts the video; a late refusal proves that nothing was paid.
    Status.UNCONFIRMED: frozenset({Status.RUNNING, Status.QUEUED, Status.FAILED, Status.CANCELED}),
    Status.RUNNING: frozenset({Status.ARCHIVING, Status.FAILED, Status.EXPIRED, Status.CANCELED}),
    Status.ARCHIVING: frozenset({Status.SUCCEEDED, Status.FAILED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.CANCELED: frozenset(),
}


def may_move(source: Status, target: Status) -> bool:
    """Return whether the move is permitted; a terminal state permits none."""
    return target in MOVES[source]
