"""Refusals come before the money, and every one is ClipRelay's own answer."""

from collections import Counter
from typing import Any

import requests

from tests.cloud_check.registry import Need, Stage, check, expect, require
from tests.cloud_check.run import Run
from tests.cloud_check.tenant import label

MEBIBYTE = 1024 * 1024
PROBLEM = "application/problem+json"


@check(Stage.BEFORE, "The API answers without a key: health and documentation")
def answers_without_a_key(run: Run) -> str:
    health = run.target.request("GET", "/health")
    expect("GET /health", health.status_code, 200)
    document = run.target.request("GET", "/openapi.json")
    # A parameter may switch the documentation off.
    require(f"GET /openapi.json answered {document.status_code}", document.status_code in (200, 404))
    return f"health 200 in {health.elapsed.total_seconds():.1f} s (the first request); openapi.json {document.status_code}"


def _cases(run: Run) -> dict[str, tuple[requests.Response, int, str]]:
    key, order = run.tenant.key, run.tenant.body(label())
    send, videos = run.target.request, "/v1/videos"
    wrong: dict[str, Any] = {"headers": {"Authorization": "Bearer clr_wrong"}}
    text: dict[str, Any] = {"headers": {"Content-Type": "text/plain"}, "data": "{}"}
    json_type: dict[str, Any] = {"headers": {"Content-Type": "application/json"}}
    return {
        "no key": (send("POST", videos, json=order), 401, "unauthorized"),
        "wrong key": (send("POST", videos, json=order, **wrong), 401, "unauthorized"),
        "unknown path": (send("GET", "/v1/nothing", key=key), 404, "not_found"),
        "unknown video": (send("GET", f"{videos}/vid_01M81CB6M1T4PSZ9EXW2A4PSJE", key=key), 404, "not_found"),
        "wrong method": (send("DELETE", videos, key=key), 405, "method_not_allowed"),
        "another type": (send("POST", videos, key=key, **text), 415, "unsupported_media_type"),
        "no JSON": (send("POST", videos, key=key, data="{", **json_type), 400, "malformed_json"),
        "a duplicate key": (send("POST", videos, key=key, data='{"prompt": "a", "prompt": "b"}', **json_type), 400, "malformed_json"),
        "four mistakes": (send("POST", videos, key=key, json=order | _mistakes()), 422, "invalid_request"),
    }


def _mistakes() -> dict[str, Any]:
    return {
        "image": "data:image/png;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=",
        "prompt": " ",
        "duration": 15,
        "aspect_ratio": "16:9",
    }


@check(Stage.PROMISES, "Each refusal is a problem+json with its code, and records nothing")
def refusals_are_problems(run: Run) -> str:
    cases = _cases(run)
    for name, (answer, status, code) in cases.items():
        found = answer.status_code, answer.headers.get("Content-Type", "").partition(";")[0], answer.json().get("code")
        expect(name, found, (status, PROBLEM, code))
    expect("complaints at once", len(cases["four mistakes"][0].json()["errors"]), 4)
    require("401 without WWW-Authenticate", cases["no key"][0].headers.get("WWW-Authenticate"))
    require("405 without Allow", cases["wrong method"][0].headers.get("Allow"))
    return ", ".join(f"{name} {status}" for name, (_, status, _) in cases.items())


@check(Stage.PROMISES, "An answer to HEAD has no body, whatever its status", Need.HEAD)
def head_has_no_body(run: Run) -> str:
    said = []
    for path, key in (("/health", None), ("/v1/models", run.tenant.key), ("/v1/nothing", run.tenant.key), ("/v1/videos", None)):
        head = run.target.request("HEAD", path, key=key)
        expect(f"body of HEAD {path}", head.content, b"")
        require(f"HEAD {path} answered {head.status_code}", head.status_code < 500)
        said.append(f"{path} {head.status_code}")
    return ", ".join(said)


def _body_of(run: Run, mark: str, size: int) -> bytes:
    """Return an order of exactly this many bytes, whose image makes up the difference."""
    order = run.tenant.body(mark)
    before, after = f'{{"prompt": "{order["prompt"]}", "image": "data:image/png;base64,', '"}'
    return (before + "A" * (size - len(before) - len(after)) + after).encode()


@check(Stage.PROMISES, "A body that is too large is refused: 5.9, 6.1 and 10.1 MiB", Need.GATEWAY)
def large_bodies_are_refused(run: Run) -> str:
    said, mark = [], label()
    for size, ours in ((5.9, True), (6.1, False), (10.1, False)):
        headers = {"Content-Type": "application/json", "Idempotency-Key": label()}
        answer = run.tenant.send("POST", "/v1/videos", data=_body_of(run, mark, int(size * MEBIBYTE)), headers=headers)
        is_problem = answer.headers.get("Content-Type", "").startswith(PROBLEM)
        expect(f"{size} MiB", (answer.status_code, is_problem), (413, ours))
        said.append(f"{size} MiB {answer.status_code} by {'ClipRelay' if is_problem else 'the gateway'}")
    expect("payments", len(run.ledger.payments(mark)), 0)
    return ", ".join(said)


@check(Stage.PROMISES, "Odd paths, repeated headers and preflights are answered, never with a 5xx")
def odd_requests_are_answered(run: Run) -> str:
    paths = ("/v1/videos/%2F", "/v1/videos/vid%3Fx", "/v1//videos", "/v1/videos/..%2f..", "/v1/videos/%00", "/v1/videos/%C3%A9")
    found = [run.tenant.get(path).status_code for path in paths]
    found += [run.target.request("OPTIONS", "/v1/videos", headers=headers).status_code for headers in ({}, {"Origin": "https://a.example"})]
    require(f"an odd request was answered with a 5xx: {found}", all(status < 500 for status in found))
    return f"statuses {', '.join(f'{number} x {status}' for status, number in sorted(Counter(found).items()))}"
