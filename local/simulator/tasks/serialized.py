"""A task as JSON: what a poll and its video need, without the prompt."""

import json
from dataclasses import asdict, replace
from typing import Any

from cliprelay.catalog.registry import MODELS
from local.simulator.contract.image_header import Header
from local.simulator.contract.images import Picture
from local.simulator.contract.validation import Order
from local.simulator.faults.directives import Directives, Fault, Limit, kind_of
from local.simulator.tasks.task import Plan, Status, Task

# Columns of their own, because they change, or because SQL asks for them.
COLUMNS = ("number", "id", "film_until", "forgotten_at", "signed_at", "end_reported", "video_sha256")


def to_json(task: Task) -> str:
    content = {name: value for name, value in vars(task).items() if name not in COLUMNS}
    content |= {"order": _order(task.order), "plan": _plan(task.plan), "faults": _directives(task.faults)}
    return json.dumps(content)


def from_json(text: str, **columns: Any) -> Task:
    content = json.loads(text)
    content["order"] = _read_order(content["order"])
    content["plan"] = _read_plan(content["plan"])
    content["faults"] = _read_directives(content["faults"])
    return Task(**content, **columns)


def _order(order: Order) -> dict[str, Any]:
    pictures = {name: _picture(getattr(order, name)) for name in ("image", "last_image")}
    return {**vars(order), "model": order.model.name, "prompt": "", **pictures}


def _read_order(content: dict[str, Any]) -> Order:
    pictures = {name: _read_picture(content[name]) for name in ("image", "last_image")}
    return Order(**{**content, "model": MODELS[content["model"]], "fields": tuple(content["fields"]), **pictures})


def _picture(picture: Picture | None) -> dict[str, Any] | None:
    return None if picture is None else {"url": picture.url, "file": picture.file, "header": picture.header and asdict(picture.header)}


def _read_picture(content: dict[str, Any] | None) -> Picture | None:
    if content is None:
        return None
    return Picture(**{**content, "header": Header(**content["header"]) if content["header"] else None})


def _plan(plan: Plan) -> dict[str, Any]:
    return {**vars(plan), "end": plan.end.value}


def _read_plan(content: dict[str, Any]) -> Plan:
    return replace(Plan(**content), end=Status(content["end"]))


def _directives(directives: Directives) -> dict[str, Any]:
    faults = [[each.kind.endpoint, each.name, each.argument, each.limit.times, each.limit.seconds, each.key] for each in directives.faults]
    return {"faults": faults, "settings": dict(directives.settings)}


def _read_directives(content: dict[str, Any]) -> Directives:
    return Directives(tuple(_read_fault(*each) for each in content["faults"]), content["settings"])


def _read_fault(endpoint: str, name: str, argument: str, times: int | None, seconds: float | None, key: str) -> Fault:
    return Fault(kind_of(endpoint, name), name, argument, Limit(times, seconds), key)
