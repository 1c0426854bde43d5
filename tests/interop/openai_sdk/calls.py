"""Every call of every package, and what it must say: a table of calls and packages."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from local.demo.draw_lighthouse import PICTURE
from tests.interop.openai_sdk.deployment import LISTED, Deployment, Receiver
from tests.interop.openai_sdk.packages import Package
from tests.support.local_service import eventually
from tests.support.lossy_proxy import CUT, LossyProxy
from tests.support.makers import data_uri

EXPECTED = {
    "create and wait": "completed",
    "create and wait, with a file": "completed",
    "create, bytes without a name": "queued",
    "create, image_url": "queued",
    "retrieve": "completed",
    "list 250": str(LISTED),
    "download": "MP4",
    "download, thumbnail": "JPEG",
    "delete": "True",
    "delete again": "True",
    "retrieve, deleted": "NotFoundError",
    "models": "seedance-v1.5-pro",
    "wrong model": "BadRequestError model",
    "wrong size": "BadRequestError size",
    "wrong seconds": "BadRequestError seconds",
    "no prompt": "BadRequestError prompt",
    "file_id": "BadRequestError input_reference",
    "no picture": "BadRequestError input_reference",
    "a raw Buffer": "BadRequestError input_reference",
    "a large file": "BadRequestError input_reference",
    "a body over the limit": "the package's error for 413",
    "remix": "NotFoundError",
    "edit": "NotFoundError",
    "unknown id": "NotFoundError",
    "another tenant's": "NotFoundError",
    "content before the end": "BadRequestError",
    "delete before the end": "BadRequestError",
    "spritesheet": "BadRequestError variant",
    "wrong after": "BadRequestError after",
    "wrong key": "AuthenticationError",
    "key of another order": "UnprocessableEntityError",
    "no budget": "RateLimitError",
    "answer 503": "InternalServerError",
    "answer cut": "APIConnectionError",
    "unwrap": "video.completed",
    "unwrap, wrong secret": "InvalidWebhookSignatureError",
}
# Python has no raw Buffer, and the older packages no edits.
_NOT_EVERYWHERE = ("a raw Buffer", "edit")
# Python has no class of its own for 413, nor has Node; both raise the class of any status.
_OF_ANY_STATUS = ("APIStatusError", "APIError")


def is_expected(call: str, said: str) -> bool:
    """Report whether a call said what it must; an empty text means that the package does not have it."""
    if call == "a body over the limit":
        return said in _OF_ANY_STATUS
    if not said:
        return call in _NOT_EVERYWHERE
    return said.startswith(EXPECTED[call]) if call == "unwrap" else said == EXPECTED[call]


def table(running: Deployment, packages: list[Package]) -> tuple[list[str], int]:
    """Return the lines of the table, and how many calls said something else."""
    given = _prepared(running)
    proxy = LossyProxy(running.service.api)
    receiver = Receiver()
    try:
        event = _event(running, receiver)

        def every(package: Package) -> dict[str, str]:
            name = package.name.replace(" ", "-")
            lossy = {
                "answer_503": proxy.url(f"{name}-503", "503") + "/openai/v1",
                "answer_cut": proxy.url(f"{name}-cut", CUT) + "/openai/v1",
            }
            return {**package.run("calls", {**given, **lossy}), **package.run("unwrap", event)}

        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(every, packages))
    finally:
        receiver.close()
        proxy.close()
    return _lines(packages, said)


def _prepared(running: Deployment) -> dict[str, Any]:
    foreign = running.put_ended_videos("lister", LISTED)
    poor = running.new_key("poor")
    running.operate("budgets", "set", "--tenant", "poor", "--day", "0.01")
    return {
        "base_url": running.base_url,
        "key": running.key,
        "list_key": running.new_key("lister"),
        "poor_key": poor,
        "foreign_id": foreign,
        "picture": str(PICTURE),
        "image_url": data_uri(PICTURE.read_bytes()),
    }


def _event(running: Deployment, receiver: Receiver) -> dict[str, Any]:
    """Order a video with a webhook; return its event, with the tenant's secret and another one."""
    headers = {"Authorization": f"Bearer {running.key}"}
    order = {"prompt": "An event.", "seconds": 4, "size": "864x496", "webhook_url": receiver.url}
    requests.post(f"{running.base_url}/videos", json=order, headers=headers, timeout=60).raise_for_status()
    event = eventually(lambda: receiver.last)
    webhook = requests.get(f"{running.service.api}/v1/webhook", headers=headers, timeout=60).json()
    return {**event, "secret": webhook["secrets"][0]["secret"], "wrong_secret": "whsec_" + "A" * 44}


def _lines(packages: list[Package], said: list[dict[str, str]]) -> tuple[list[str], int]:
    wrong, lines = 0, [f"{'call':<30}" + "".join(f"{each.name:<34}" for each in packages)]
    for call in EXPECTED:
        cells = []
        for each in said:
            word = each.get(call, "")
            is_right = is_expected(call, word)
            wrong += not is_right
            cells.append(f"{'ok' if is_right else 'WRONG'} {word or '(does not have it)'}"[:33])
        lines.append(f"{call:<30}" + "".join(f"{cell:<34}" for cell in cells))
    return lines, wrong
