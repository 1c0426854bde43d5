"""Faulty responses shared by the endpoints."""

import gzip
import io
import json
from collections.abc import Mapping
from email.utils import formatdate

from local.simulator.contract.errors import DEFAULT_REASONS, UpstreamError, envelope, error_response
from local.simulator.faults.directives import Fault
from local.simulator.http.response import MemoryBody, PaddedBody, Response, html_response, json_response, raw_json, redirect

# Default arguments. 30 s is longer than a gateway's time-out and shorter than a careful client's; 64 MB exceeds
# any legitimate JSON response.
HANG_SECONDS = 30.0
BYTES_PER_SECOND = 1.0
FLOOD_MB = 64.0

_MEGABYTE = 1_000_000
_STATUS_LINES = {502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable", 504: "504 Gateway Time-out"}


def proxy_page(status: int) -> Response:
    return html_response(status, _STATUS_LINES.get(status, f"{status} Error"))


def login_page() -> Response:
    """Return the page of a captive portal or a misrouted host."""
    return html_response(200, "Welcome")


def refused(fault: Fault, reasons: Mapping[int, str], reason: str = "") -> Response:
    """Return the fault's status in the error envelope; an endpoint's own `reasons` override the default ones."""
    usual = reasons.get(fault.status) or DEFAULT_REASONS.get(fault.status, "SERVICE_NOT_AVAILABLE")
    return error_response(UpstreamError(fault.status, reason or usual))


def throttled(fault: Fault, now: float) -> Response:
    response = error_response(UpstreamError(429, "RATE_LIMIT_EXCEEDED"))
    value = _retry_after(fault.argument, now)
    return response.with_headers(Retry_After=value) if value else response


def _retry_after(argument: str, now: float) -> str:
    dates = {"date": now + 5, "past": now - 3600}
    if argument in dates:
        return formatdate(dates[argument], usegmt=True)
    return {"": "", "none": "", "absurd": "1000000000", "junk": "soon"}.get(argument, argument)


def error_in_200() -> Response:
    return json_response(200, envelope(UpstreamError(500, "CREATE_TASK_FAILED")))


def openai_error() -> Response:
    """Return an error in the envelope of the model behind the gateway."""
    message = "prompt parameter not valid trace_id: 0af7651916cd43dd"
    kind = "InvalidParameter"
    return json_response(400, {"error": {"message": message, "type": kind, "param": None, "code": kind}})


def truncated(response: Response) -> Response:
    """Cut the JSON in the middle, with a matching Content-Length."""
    whole = b"".join(response.body.chunks())
    return raw_json(whole[: len(whole) // 2])


def elsewhere(fault: Fault) -> Response:
    return redirect(fault.argument or "/_elsewhere")


def huge(fault: Fault) -> Response:
    """Return JSON whose string never ends."""
    length = int(fault.number(FLOOD_MB) * _MEGABYTE)
    return Response(200, {"Content-Type": "application/json"}, PaddedBody(b'{"padding": "', length))


def gzip_bomb(fault: Fault) -> Response:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(b'{"padding": "')
        for _ in range(int(fault.number(FLOOD_MB))):
            file.write(b"x" * _MEGABYTE)
        file.write(b'"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return Response(200, headers, MemoryBody(packed.getvalue()))


def dripping(response: Response, fault: Fault) -> Response:
    return response.with_transmission(bytes_per_second=fault.number(BYTES_PER_SECOND))


def hanging(response: Response, fault: Fault) -> Response:
    return response.with_transmission(wait=fault.number(HANG_SECONDS))


def doubled(content: dict[str, object], name: str, false: object) -> Response:
    """Return JSON with a duplicate key; most parsers use the last value, the true one."""
    return raw_json(f'{{"{name}": {json.dumps(false)}, {json.dumps(content)[1:]}')
