"""Webhooks arrive signed, are repeated after a failure, and carry a link that opens."""

from standardwebhooks import Webhook

from tests.cloud_check.registry import Stage, check, expect, require
from tests.cloud_check.run import Run
from tests.cloud_check.tenant import label, wait_for
from tests.cloud_check.upstream.ledger import Hook, check_video


def _received(run: Run, name: str, count: int) -> list[Hook]:
    return wait_for(f"{count} webhooks", lambda: _at_least(run.ledger.hooks(name), count), 120)


def _at_least(hooks: list[Hook], count: int) -> list[Hook]:
    return hooks if len(hooks) >= count else []


@check(Stage.PROMISES, "A webhook arrives once; the public library verifies it, and its link opens the file")
def a_webhook_is_verified(run: Run) -> str:
    name = label()
    video, _ = run.order(webhook_url=f"{run.target.upstream_url}/hook/{name}")
    run.tenant.reached(video, "succeeded")
    (hook,) = _received(run, name, 1)
    secret = run.tenant.get("/v1/webhook").json()["secrets"][0]["secret"]
    run.secrets += [secret, hook.headers["webhook-signature"].split(",")[1][:40]]
    event = Webhook(secret).verify(hook.body, hook.headers)
    expect("the event", (event["type"], event["data"]["id"]), ("video.succeeded", video))
    opened = run.target.open(event["data"]["video"]["link"])
    expect("its link", opened.status_code, 302)
    require("the link does not lead to the file", run.target.open(opened.headers["Location"]).content == check_video())
    listed = wait_for("a delivery that is listed as delivered", lambda: _delivered(run, video), 60)
    expect("attempts", [attempt["status"] for attempt in listed[0]["attempts"]], [204])
    return f"{len(hook.body)} bytes, verified by standardwebhooks; the link opens the file"


def _delivered(run: Run, video: str) -> list[dict[str, list[dict[str, int]]]]:
    return [each for each in run.tenant.get(f"/v1/videos/{video}/deliveries").json()["data"] if each["status"] == "delivered"]


@check(Stage.PROMISES, "A webhook that was answered with 503 is sent again under the same id")
def a_failed_webhook_is_repeated(run: Run) -> str:
    name = f"{label()}-fail1"
    video, _ = run.order("end=fail", webhook_url=f"{run.target.upstream_url}/hook/{name}", webhook_events=["video.failed"])
    run.tenant.reached(video, "failed")
    hooks = _received(run, name, 2)
    expect("answers", [hook.status for hook in hooks], [503, 204])
    expect("ids", len({hook.headers["webhook-id"] for hook in hooks}), 1)
    expect("bodies", len({hook.body for hook in hooks}), 1)
    expect("the event", hooks[-1].event["type"], "video.failed")
    return "503, 204; one webhook-id, one body"


@check(Stage.PROMISES, "A tenant's default webhook gets its events, signed with both secrets after a rotation")
def a_default_webhook_rotates(run: Run) -> str:
    tenant, name = run.new_tenant("hooked"), label()
    put = tenant.send("PUT", "/v1/webhook", json={"url": f"{run.target.upstream_url}/hook/{name}", "enabled": True})
    expect("PUT /v1/webhook", put.status_code, 200)
    before = tenant.get("/v1/webhook").json()["secrets"][0]["secret"]
    run.target.operate("webhooks", "rotate", "--tenant", "check-hooked")
    after = tenant.get("/v1/webhook").json()["secrets"][0]["secret"]
    require("the secret is the same after a rotation", before != after)
    run.secrets += [before, after]
    video, _ = run.order(tenant=tenant)
    tenant.reached(video, "succeeded")
    (hook,) = _received(run, name, 1)
    for secret in (before, after):
        Webhook(secret).verify(hook.body, hook.headers)
    return "verified with the secret before and after"
