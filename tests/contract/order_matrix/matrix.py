"""Every combination of request fields, checked three times: by hand-written rules, by our parser, by the simulator's own rules.

The hand-written rules restate the documentation and read no entry, so that a wrong entry shows.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from cliprelay.catalog.registry import MODELS, Offer
from cliprelay.images.inline import read_inline
from cliprelay.orders.invalid_order import InvalidOrder
from cliprelay.orders.order import Order
from cliprelay.orders.parser import OrderParser
from cliprelay.orders.quote import quote
from cliprelay.upstream.myrouter.request import prepare
from cliprelay.video.record import ImageSource
from local.simulator.contract.errors import UpstreamError
from local.simulator.contract.options import Options
from local.simulator.contract.validation import read_order
from local.simulator.tasks.ledger import price
from tests.support.makers import any_png, any_video, data_uri

URL, INLINE = "https://assets.example.com/lighthouse.png", data_uri(any_png(640, 360))
PROMPT = "A lighthouse."
STRICT = Options(unknown_fields="refuse")
READER = OrderParser(Offer.of(",".join(MODELS)))

Body = dict[str, Any]

# Values of each part of a request; {} leaves it out.
RESOLUTIONS: list[Body] = [{}, *({"resolution": value} for value in ("480p", "720p", "1080p", "720P"))]
DURATIONS: list[Body] = [{}, *({"duration": value} for value in (3, 4, 5, 10, 12, 13, 5.0, "5"))]
RATIOS: list[Body] = [
    {},
    *({"ratio": value} for value in ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive", "2:1")),
    *({"aspect_ratio": value} for value in ("16:9", "21:9", "adaptive")),
]
TIERS: list[Body] = [{}, *({"service_tier": value} for value in ("default", "flex", "batch"))]
SOUNDS: list[Body] = [{}, *({"generate_audio": value} for value in (True, False, 1))]
IMAGES: list[Body] = [
    {},
    {"image": URL},
    {"image": INLINE},
    {"image": URL, "last_image": INLINE},
    {"last_image": URL},
    {"image": "lighthouse"},
]
PARTS = (RESOLUTIONS, DURATIONS, RATIOS, TIERS, SOUNDS, IMAGES)

_SIX = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
_SHARED = {"service_tier": ("default", "flex"), "generate_audio": (True, False)}
_FIFTEEN = {"resolution": ("480p", "720p"), "duration": tuple(range(4, 13)), "ratio": (*_SIX, "adaptive"), **_SHARED}
_ONE = {"resolution": ("480p", "720p", "1080p"), "duration": (5, 10), "aspect_ratio": _SIX}
_PICTURE = (URL, INLINE)
# By model: the allowed values of each field, and the required fields.
DOCUMENTED: dict[str, tuple[dict[str, tuple[Any, ...]], frozenset[str]]] = {
    "seedance-v1.5-pro-i2v": ({**_FIFTEEN, "image": _PICTURE, "last_image": _PICTURE}, frozenset({"image"})),
    "seedance-v1.5-pro-t2v": (_FIFTEEN, frozenset()),
    "seedance-v1-pro-t2v": (_ONE, frozenset({"resolution"})),
    "seedance-v1-lite-t2v": (_ONE, frozenset({"resolution"})),
}


@dataclass
class Counts:
    """Counts of results, and the combinations with wrong ones."""

    by_model: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, model: str, what: str) -> None:
        self.by_model.setdefault(model, Counter())[what] += 1


def cells(every: int = 1) -> Iterator[tuple[str, Body]]:
    """Yield model and body of every combination, or of every n-th one."""
    for model, *parts in islice(product(DOCUMENTED, *PARTS), 0, None, every):
        body: Body = {"model": model, "prompt": PROMPT}
        for part in parts:
            body |= part
        yield model, body


def to_complain_of(model: str, body: Body) -> set[str]:
    """Return the fields that are invalid or missing by the documentation."""
    legal, required = DOCUMENTED[model]
    asked = {name: value for name, value in body.items() if name not in ("model", "prompt")}
    return {name for name, value in asked.items() if not _is_one_of(value, legal.get(name, ()))} | (required - set(asked))


def _is_one_of(value: object, legal: tuple[Any, ...]) -> bool:
    # 5.0 and True are not integers, although they equal one.
    return any(type(value) is type(each) and value == each for each in legal)


def run(every: int = 1) -> Counts:
    """Check that our parser and the simulator judge each combination as documented."""
    counts = Counts()
    for model, body in cells(every):
        expected = to_complain_of(model, body)
        order, complaints = _ours(body)
        if complaints != expected:
            counts.wrong.append(f"{_short(body)}: ours complains of {sorted(complaints)}, and should of {sorted(expected)}")
        counts.add(model, "refused by us" if expected else "accepted by us")
        if expected:
            refused = _refuses(model, json.dumps({name: value for name, value in body.items() if name != "model"}).encode())
            counts.add(model, "which the simulator refuses too" if refused else "which the simulator would take")
            counts.wrong += [] if refused else [f"{_short(body)}: the simulator takes what we refuse"]
        elif order:
            counts.wrong += [f"{_short(body)}: {why}" for why in _disagreements(model, order, counts)]
    return counts


def _ours(body: Body) -> tuple[Order | None, set[str]]:
    read = READER.read(body)
    return (None, set(read.refused)) if isinstance(read, InvalidOrder) else (read, set())


def _refuses(model: str, sent: bytes) -> str:
    """Return why the simulator refuses it, if it does."""
    try:
        read_order(sent, STRICT, MODELS[model])
    except UpstreamError as refusal:
        return f"{refusal.status} {refusal.message}"
    return ""


class _Store:
    """Replaces the bucket; it has one image."""

    def read_input(self, key: str) -> bytes:
        return read_inline(INLINE).data


def _disagreements(model: str, order: Order, counts: Counts) -> Iterator[str]:
    """Return the simulator's answer to the exact bytes that Submit would send."""
    sources = {role: _source(value) for role, value in order.images().items()}
    video = any_video(model=model, settings=order.settings, image=sources.get("image"), last_image=sources.get("last_image"))
    sent = prepare(video, _Store().read_input).body  # type: ignore[arg-type]  # only what is read
    if why := _refuses(model, sent):
        counts.add(model, "which the simulator rejects")
        yield f"the simulator rejects it: {why}"
        return
    counts.add(model, "which the simulator takes")
    taken = read_order(sent, STRICT, MODELS[model])
    order.measured({"image": (640, 360)} if taken.image and taken.image.header else {})
    quoted = quote(order.entry, order.spec, order.given, order.sizes)
    if quoted["tokens"] != price(taken).tokens or abs(float(quoted["usd"]["request"]) - price(taken).usd) > 0.0001:
        yield f"quoted {quoted['tokens']} tokens, charged {price(taken).tokens}"
    if (quoted["geometry"]["width"], quoted["geometry"]["height"]) != taken.size:
        yield f"quoted {quoted['geometry']}, made {taken.size}"


def _source(value: str) -> ImageSource:
    return ImageSource(url=value) if value == URL else ImageSource(key="inputs/acme/any", content_type="image/png")


def _short(body: Body) -> str:
    return json.dumps({name: "inline" if value == INLINE else value for name, value in body.items()})
