"""Uploads and links: what a client puts in, and what it gets out for as long as the video is kept."""

import time
from typing import Any

from tests.cloud_check.registry import Need, Stage, check, expect, require
from tests.cloud_check.run import Run
from tests.cloud_check.tenant import Tenant, label
from tests.cloud_check.upstream.ledger import check_video
from tests.support.image_files import png, png_chunk

# Above the 4.0 MB of an inline image; as base64 still below what the upstream's own gateway takes.
UPLOADED = 4_300_000
# A form for it is enforced by S3; it is quoted, not ordered, because the check's upstream is an HTTP API of at most 6 MB.
LARGE = 20_000_000
PRESIGNED_MINUTES = 65


def _picture(size: int) -> bytes:
    """Return a PNG of exactly this many bytes, most of them in a chunk that decoders skip."""
    bare = len(png(640, 480, png_chunk(b"raNd", b"")))
    return png(640, 480, png_chunk(b"raNd", bytes(size - bare)))


def _form(tenant: Tenant, size: int) -> dict[str, Any]:
    answer = tenant.send("POST", "/v1/uploads", json={"content_type": "image/png", "bytes": size})
    require(f"POST /v1/uploads answered {answer.status_code}: {answer.text[:200]}", answer.status_code in (200, 201))
    found: dict[str, Any] = answer.json()
    return found


def _send(run: Run, form: dict[str, Any], picture: bytes) -> int:
    files = {"file": ("a.png", picture, "image/png")}
    return run.target.open(form["url"], "POST", data=form["fields"], files=files).status_code


@check(Stage.PROMISES, "An uploaded image is ordered, one of 20 MB is quoted, and nobody else may use it")
def an_upload_is_ordered(run: Run) -> str:
    form = _form(run.tenant, UPLOADED)
    require("the form was not accepted", _send(run, form, _picture(UPLOADED)) in (200, 201, 204))
    foreign = run.other_tenant.post(run.other_tenant.body(label(), image=form["image"]), label())
    expect("another tenant's order", (foreign.status_code, foreign.json()["code"]), (422, "invalid_request"))
    video, mark = run.order(image=form["image"])
    large = _form(run.tenant, LARGE)
    require("the form of 20 MB was not accepted", _send(run, large, _picture(LARGE)) in (200, 201, 204))
    quote = run.tenant.send("POST", "/v1/quotes", json=run.tenant.body(label(), image=large["image"]))
    expect("the quote for 20 MB", quote.status_code, 200)
    run.tenant.reached(video, "succeeded")
    (paid,) = run.ledger.payments(mark)
    require(f"the upstream got {paid['bytes']} bytes", int(paid["bytes"]) > UPLOADED)
    return f"{UPLOADED} bytes uploaded and ordered, the upstream got {paid['bytes']} as base64; foreign 422; {LARGE} bytes quoted"


@check(Stage.PROMISES, "An upload form accepts nothing larger than was announced", Need.FORMS)
def a_form_is_enforced(run: Run) -> str:
    status = _send(run, _form(run.tenant, 1_000), _picture(5_000))
    require(f"a larger file was answered with {status}", status in (400, 403))
    return f"5,000 bytes in a form for 1,000: {status}"


@check(Stage.PROMISES, "An inline image over 4.0 MB is refused with the way to the upload")
def a_large_inline_image_is_refused(run: Run) -> str:
    order = run.tenant.body(label(), image="data:image/png;base64," + "A" * 5_700_000)
    answer = run.tenant.post(order, label())
    expect("the order", (answer.status_code, answer.json().get("code")), (413, "image_too_large"))
    require("the answer does not name /v1/uploads", "/v1/uploads" in answer.text)
    return "413 image_too_large"


@check(Stage.PROMISES, "A link opens the file for everybody, in ranges and as a download; revoked, it is gone")
def a_link_opens_until_it_is_revoked(run: Run) -> str:
    video, _ = run.order()
    link = run.tenant.reached(video, "succeeded")["video"]["link"]
    served = check_video()
    opened = run.target.open(link)
    expect("GET", opened.status_code, 302)
    expect("no-store", "no-store" in opened.headers.get("Cache-Control", ""), True)
    where = opened.headers["Location"]
    require("the link does not lead to the file", run.target.open(where).content == served)
    part = run.target.open(where, headers={"Range": "bytes=100-199"})
    expect("a range", (part.status_code, part.content), (206, served[100:200]))
    expect("a broken signature", run.target.open(where.replace("X-Amz-Signature=", "X-Amz-Signature=0")).status_code, 403)
    saved = run.target.open(run.target.open(f"{link}?download=1").headers["Location"])
    require("download=1 is no attachment", "attachment" in saved.headers.get("Content-Disposition", ""))
    made = run.tenant.send("DELETE", f"/v1/videos/{video}/links")
    require(f"DELETE links answered {made.status_code}", made.status_code in (200, 204))
    expect("the revoked link", run.target.open(link).status_code, 410)
    fresh = run.tenant.video(video)["video"]["link"]
    require("the new link is the old one", fresh != link)
    expect("the new link", run.target.open(fresh).status_code, 302)
    run.secrets.append(link.rsplit("/", 1)[1])
    return "302 to the file, range 206, broken signature 403, attachment, revoked 410, new 302"


@check(Stage.PROMISES, "HEAD of a link and of /content leads to a HEAD of the file", Need.HEAD)
def head_of_a_link(run: Run) -> str:
    video, _ = run.order()
    link = run.tenant.reached(video, "succeeded")["video"]["link"]
    size = str(len(check_video()))
    for answer in (run.target.open(link, "HEAD"), run.tenant.send("HEAD", f"/v1/videos/{video}/content")):
        expect("HEAD", answer.status_code, 302)
        head = run.target.open(answer.headers["Location"], "HEAD")
        expect("HEAD of the file", (head.status_code, head.headers.get("Content-Length")), (200, size))
    return f"302, then 200 with {size} bytes, for both"


@check(Stage.PROMISES, "A presigned URL lives as long as its credentials: opened after 65 minutes", Need.LONG, Need.ACCOUNT)
def a_presigned_url_lives(run: Run) -> str:
    video, _ = run.order()
    found = run.tenant.reached(video, "succeeded")["video"]
    for minute in range(PRESIGNED_MINUTES):
        status = run.target.open(found["url"]).status_code
        if status != 200:
            require(f"the URL ended after {minute} minutes", minute >= 5)
            expect("the durable link after that", run.target.open(found["link"]).status_code, 302)
            return f"the URL ended after {minute} minutes with {status}; the durable link still opens"
        time.sleep(60)
    return f"the URL was open for {PRESIGNED_MINUTES} minutes"
