"""`python -m tests.interop.ark_sdk`: the vendor's clients and the AI SDK, unmodified, against a local service; exit 1 if anything is wrong.

The clients are installed into `--folder`, by default one that is removed afterwards. The last lines are a table: how often an order was
paid when an answer was lost, by client, loss and precaution.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.demo.draw_lighthouse import PICTURE
from tests.interop.ark_sdk import page
from tests.interop.ark_sdk.clients import Foreign, install
from tests.interop.ark_sdk.proxy import CUT, SAYS_500, SAYS_503, LossyProxy
from tests.interop.ark_sdk.services import Service, running
from tests.support.makers import data_uri

MODEL = "seedance-1-5-pro-251215"
WINDOW = 60
LOSSES = {
    "none": ("", ""),
    "POST cut": ("POST", CUT),
    "POST 500": ("POST", SAYS_500),
    "GET cut": ("GET", CUT),
    "GET 503": ("GET", SAYS_503),
}
PRECAUTIONS = ("nothing", "key", "window")


def expected(client: str, loss: str, precaution: str) -> int:
    """Return how often an order is paid: only a client that tells its tries apart, or the service, can keep it at one."""
    if precaution != "nothing" or loss == "none":
        return 1
    # The AI SDK begins its whole call again when a status cannot be read.
    return 2 if loss.startswith("POST") or client.startswith("ai") else 1


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def journeys(clients: list[Foreign], service: Service) -> int:
    """Let every client that can walk the whole API; return how many results are wrong."""
    wrong = 0
    for client in clients:
        said = page.run(client, _basics(service))
        wrong += _line(client.name, "the lines of docs/ark.md", page.is_right(client, said) or said, True)
        if client.has_journey:
            later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
            headers = {"Idempotency-Key": f"journey-{client.name}"}
            got = client.run(what="journey", headers=headers, prompt="The lamp turns.", later=later, **_basics(service))
            wrong += sum(not is_right for is_right in _judged(client.name, got))
        else:
            got = client.run(prompt=f"A whole film by {client.name}.", **_basics(service))
            wrong += _line(
                client.name, "a whole film", (got["status"], got.get("box"), got.get("type")), ("succeeded", "ftyp", "video/mp4")
            )
            got = client.run(prompt="Waves --dur 13", **_basics(service))
            wrong += _line(client.name, "a bad order", "--dur 13 is not possible" in str(got), True)
    return wrong


def _basics(service: Service) -> dict[str, Any]:
    return {"url": service.url, "key": service.key, "image": data_uri(PICTURE.read_bytes()), "model": MODEL}


def _line(client: str, what: str, found: object, wanted: object) -> int:
    is_right = found == wanted
    say(f"{'ok' if is_right else 'WRONG':<6}{client:<18}{what}{'' if is_right else f': {found!r}'}")
    return int(not is_right)


def _judged(client: str, got: dict[str, Any]) -> Iterator[bool]:
    task = got["task"]
    shown = [task[name] for name in ("model", "status", "error", "resolution", "duration", "framespersecond")]
    yield not _line(client, "a whole film", shown, [MODEL, "succeeded", None, "480p", 4, 24])
    yield not _line(
        client, "its link and usage", (task["content"]["video_url"][:4], task["usage"]["completion_tokens"] > 0), ("http", True)
    )
    yield not _line(client, "the same key again", got["is_same"], True)
    refused = ["ArkConflictError", 409, "InvalidAction.RunningTaskDeletion", "", "Conflict"]
    yield not _line(client, "delete while it runs", got["running"], refused)
    refused = ["cancelled", "ArkConflictError", 409, "InvalidAction.EndedTask", "", "Conflict"]
    yield not _line(client, "cancel, and delete what is cancelled", got["cancelled"], refused)
    yield not _line(client, "list", got["listed"], [1, True])
    yield not _line(client, "get after delete", got["gone"], ["ArkNotFoundError", 404, "ResourceNotFound", "", "NotFound"])
    refused = ["ArkBadRequestError", 400, "InvalidParameter", "content[0].text", "BadRequest"]
    yield not _line(client, "a bad order", got["bad"], refused)
    refused = ["ArkNotFoundError", 404, "InvalidEndpointOrModel.NotFound", "", "NotFound"]
    yield not _line(client, "an unknown model", got["unknown_model"], refused)


def trials(clients: list[Foreign], services: dict[str, Service]) -> int:
    """Lose answers; return how many trials paid another number of times than expected."""
    wrong, rows = 0, list[str]()
    for client in clients:
        for loss in LOSSES:
            paid = {each: _trial(client, loss, each, services["window" if each == "window" else "plain"]) for each in PRECAUTIONS}
            differs = [each for each in PRECAUTIONS if paid[each] != expected(client.name, loss, each)]
            wrong += len(differs)
            rows.append(f"| {client.name} | {loss} | {' | '.join(str(paid[each]) for each in PRECAUTIONS)} |{' WRONG' if differs else ''}")
            say(rows[-1])
    say("\nTimes paid, by what was lost once, with no precaution, with an Idempotency-Key, with RepeatWindowSeconds=60:\n")
    say("\n".join(["| client | lost | nothing | key | window |", "| --- | --- | --- | --- | --- |", *rows]))
    return wrong


def _trial(client: Foreign, loss: str, precaution: str, service: Service) -> int:
    """Order once through a proxy that loses one answer, and return how often that was paid."""
    proxy, before = LossyProxy(service.url), service.paid()
    try:
        proxy.lose(*LOSSES[loss])
        name = f"{client.name} {loss} {precaution}"
        headers = {"Idempotency-Key": name} if precaution == "key" else {}
        got = client.run(what="order", prompt=f"Trial: {name}.", headers=headers, **_basics(service) | {"url": proxy.url})
    finally:
        proxy.stop()
    if got["status"] != "succeeded":
        say(f"{name}: {json.dumps(got)}")
    return service.paid() - before


def main() -> int:
    """Walk, lose, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.ark_sdk")
    parser.add_argument("--folder", type=Path, help="where the clients are, or are to be, installed")
    parser.add_argument("--only", default="", metavar="NAME", help="only clients whose name contains this, such as byteplus or ai")
    parser.add_argument("--without-losses", action="store_true", help="lose no answer")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="face-ark-") as name:
        folder = (options.folder or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        clients = [each for each in install(folder, say) if options.only in each.name]
        with (
            running(Path(name) / "plain") as plain,
            running(Path(name) / "window", "--parameter", f"RepeatWindowSeconds={WINDOW}") as window,
        ):
            wrong = journeys(clients, plain)
            wrong += 0 if options.without_losses else trials(clients, {"plain": plain, "window": window})
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
