"""Answers that no client expects, shared by the three doors."""

import gzip
import io
import json
from collections.abc import Mapping
from email.utils import formatdate

from local.simulator.contract.errors import USUAL_REASON, Refusal, envelope, refusal_reply
from local.simulator.faults.directives import Fault
from local.simulator.http.response import Flood, Reply, Text, html_reply, json_reply, raw_json, redirect

# Usual arguments of faults that name none. 30 s is longer than a gateway waits and shorter than a careful client;
# 64 MB is more than any answer in JSON may be.
HANG_SECONDS = 30.0
BYTES_PER_SECOND = 1.0
FLOOD_MB = 64.0

_MEGABYTE = 1_000_000
_STATUS_LINES = {502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable", 504: "504 Gateway Time-out"}


def proxy_page(status: int) -> Reply:
    return html_reply(status, _STATUS_LINES.get(status, f"{status} Error"))


def login_page() -> Reply:
    """What a captive portal or a misrouted host says to everything."""
    return html_reply(200, "Welcome")


def refused(fault: Fault, reasons: Mapping[int, str], reason: str = "") -> Reply:
    """The fault's own status in the error envelope; the door's own `reasons` come before the usual ones."""
    usual = reasons.get(fault.status) or USUAL_REASON.get(fault.status, "SERVICE_NOT_AVAILABLE")
    return refusal_reply(Refusal(fault.status, reason or usual))


def throttled(fault: Fault, now: float) -> Reply:
    reply = refusal_reply(Refusal(429, "RATE_LIMIT_EXCEEDED"))
    value = _retry_after(fault.argument, now)
    return reply.with_headers(Retry_After=value) if value else reply


def _retry_after(argument: str, now: float) -> str:
    dates = {"date": now + 5, "past": now - 3600}
    if argument in dates:
        return formatdate(dates[argument], usegmt=True)
    return {"": "", "none": "", "absurd": "1000000000", "junk": "soon"}.get(argument, argument)


def error_in_200() -> Reply:
    return json_reply(200, envelope(Refusal(500, "CREATE_TASK_FAILED")))


def openai_error() -> Reply:
    """The envelope of the model behind the gateway."""
    message = "prompt parameter not valid trace_id: 0af7651916cd43dd"
    kind = "InvalidParameter"
    return json_reply(400, {"error": {"message": message, "type": kind, "param": None, "code": kind}})


def truncated(reply: Reply) -> Reply:
    """The same JSON, cut in the middle but with a length that fits."""
    whole = b"".join(reply.body.chunks())
    return raw_json(whole[: len(whole) // 2])


def elsewhere(fault: Fault) -> Reply:
    return redirect(fault.argument or "/_elsewhere")


def huge(fault: Fault) -> Reply:
    """JSON that never closes its string."""
    length = int(fault.number(FLOOD_MB) * _MEGABYTE)
    return Reply(200, {"Content-Type": "application/json"}, Flood(b'{"padding": "', length))


def gzip_bomb(fault: Fault) -> Reply:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(b'{"padding": "')
        for _ in range(int(fault.number(FLOOD_MB))):
            file.write(b"x" * _MEGABYTE)
        file.write(b'"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return Reply(200, headers, Text(packed.getvalue()))


def dripping(reply: Reply, fault: Fault) -> Reply:
    return reply.in_manner(bytes_per_second=fault.number(BYTES_PER_SECOND))


def hanging(reply: Reply, fault: Fault) -> Reply:
    return reply.in_manner(wait=fault.number(HANG_SECONDS))


def doubled(content: dict[str, object], name: str, false: object) -> Reply:
    """JSON with one key twice; the last, true one is what most readers take."""
    return raw_json(f'{{"{name}": {json.dumps(false)}, {json.dumps(content)[1:]}')
