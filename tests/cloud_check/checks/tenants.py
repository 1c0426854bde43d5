"""Nobody sees what is not theirs."""

from tests.cloud_check.registry import Stage, check, expect, require
from tests.cloud_check.run import Run
from tests.cloud_check.tenant import label, wait_for

NOBODYS = "vid_01M81CB6M1T4PSZ9EXW2A4PSJE"


@check(Stage.PROMISES, "Another tenant's video answers as one that does not exist")
def a_foreign_video_does_not_exist(run: Run) -> str:
    video, _ = run.order()
    routes = [("GET", ""), ("GET", "/content"), ("HEAD", "/content"), ("GET", "/deliveries"), ("POST", "/deliveries"), ("DELETE", "/links")]
    for method, suffix in routes:
        foreign, unknown = (run.other_tenant.send(method, f"/v1/videos/{each}{suffix}") for each in (video, NOBODYS))
        expect(f"{method} {suffix or 'video'}", foreign.status_code, 404)
        expect(f"body of {method} {suffix or 'video'}", foreign.text.replace(video, ""), unknown.text.replace(NOBODYS, ""))
    listed = run.other_tenant.get("/v1/videos?limit=100").json()["data"]
    require("the list shows it", video not in {each["id"] for each in listed})
    secrets = [tenant.get("/v1/webhook").json()["secrets"][0]["secret"] for tenant in (run.tenant, run.other_tenant)]
    require("both tenants sign with one secret", secrets[0] != secrets[1])
    run.secrets.extend(secrets)
    return f"{len(routes)} routes answer 404, as for an unknown id; the list is empty of it; the webhook secrets differ"


@check(Stage.PROMISES, "The same Idempotency-Key of two tenants is two orders")
def keys_belong_to_a_tenant(run: Run) -> str:
    key, marks, tenants = f"shared-{label()}", (label(), label()), (run.tenant, run.other_tenant)
    answers = [tenant.accepted(tenant.body(mark), key) for tenant, mark in zip(tenants, marks, strict=True)]
    expect("answers", [answer.status_code for answer in answers], [202, 202])
    ids = [answer.json()["id"] for answer in answers]
    require("both orders are one video", ids[0] != ids[1])
    for tenant, mark, video in zip(tenants, marks, ids, strict=True):
        run.remember(mark, video, tenant)
        tenant.reached(video, "succeeded")
        expect("payments", len(run.ledger.payments(mark)), 1)
    return "2 x 202, 2 videos, 2 payments"


@check(Stage.PROMISES, "A revoked API key is refused within its 60 seconds")
def a_revoked_key_is_refused(run: Run) -> str:
    tenant = run.new_tenant("third")
    expect("a new key", tenant.get("/v1/videos").status_code, 200)
    run.target.operate("keys", "revoke", tenant.key)
    wait_for("a 401", lambda: tenant.get("/v1/videos").status_code == 401, 90)
    return "200, then 401"
