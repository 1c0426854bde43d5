"""The AWS calls of a piece of work in a test's world, in order."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.world import World

_EVENT = "before-call"


@contextmanager
def calls_of(world: "World") -> Iterator[list[str]]:
    """Note the name of every operation that the world's clients are asked for; a repetition by the SDK is no call of its own."""
    made: list[str] = []

    def note(model: Any, **_: Any) -> None:
        made.append(model.name)

    clients = (world.dynamodb, world.s3, world.sfn, world.secrets, world.sns)
    for client in clients:
        client.meta.events.register(_EVENT, note)
    try:
        yield made
    finally:
        for client in clients:
            client.meta.events.unregister(_EVENT, note)
