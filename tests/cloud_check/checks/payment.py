"""One paid generation per intent, read from the upstream's own ledger."""

from concurrent.futures import ThreadPoolExecutor

from tests.cloud_check.registry import Need, Stage, check, expect, require
from tests.cloud_check.run import Run
from tests.cloud_check.tenant import label, wait_for

ORDERS = 50
THREADS = 25


@check(Stage.PROMISES, "50 parallel POSTs with one key make one video and one payment", Need.MANY)
def parallel_orders_are_one(run: Run) -> str:
    mark = label()
    body = run.tenant.body(mark)
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(lambda _: run.tenant.accepted(body, f"parallel-{mark}"), range(ORDERS)))
    ids = {answer.json()["id"] for answer in answers}
    expect("videos", len(ids), 1)
    (video,) = ids
    run.remember(mark, video)
    run.tenant.reached(video, "succeeded")
    expect("payments", len(run.ledger.payments(mark)), 1)
    fresh = sum(answer.status_code == 202 for answer in answers)
    return f"{ORDERS} answers ({fresh} x 202, {ORDERS - fresh} x 200), 1 id, 1 payment"


@check(Stage.PROMISES, "The same key with the same body is the same video; with another body, a 422")
def a_key_is_one_order(run: Run) -> str:
    mark = label()
    body, key = run.tenant.body(mark), f"again-{mark}"
    first = run.tenant.accepted(body, key)
    run.remember(mark, first.json()["id"])
    again = run.tenant.post(body, key)
    expect("the repeated order", (again.status_code, again.json()["id"]), (200, first.json()["id"]))
    expect("Idempotency-Replayed", again.headers.get("Idempotency-Replayed"), "true")
    other = run.tenant.post(body | {"duration": 5}, key)
    expect("another order", (other.status_code, other.json()["code"]), (422, "idempotency_key_reused"))
    expect("the video that has the key", other.json().get("video_id"), first.json()["id"])
    run.tenant.reached(first.json()["id"], "succeeded")
    expect("payments", len(run.ledger.payments(mark)), 1)
    return "200 replayed, 422 idempotency_key_reused, 1 payment"


@check(Stage.PROMISES, "A refusal that did not pay is tried again: 429 twice, then one payment")
def a_busy_upstream_is_asked_again(run: Run) -> str:
    video, mark = run.order("create=429:2")
    run.tenant.reached(video, "succeeded")
    expect("payments", len(run.ledger.payments(mark)), 1)
    return "succeeded with 1 payment"


@check(Stage.PROMISES, "A slow answer is waited for, and paid once")
def a_slow_answer_is_waited_for(run: Run) -> str:
    video, mark = run.order("create=slow:15")
    run.tenant.reached(video, "succeeded")
    expect("payments", len(run.ledger.payments(mark)), 1)
    return "answer after 15 s; succeeded with 1 payment"


@check(Stage.PROMISES, "An order that the upstream refuses fails, unpaid")
def a_refused_order_fails(run: Run) -> str:
    video, mark = run.order("create=refuse")
    found = run.tenant.reached(video, "failed")
    expect("payments", len(run.ledger.payments(mark)), 0)
    return f"failed: {found['error']['code']}, 0 payments"


@check(Stage.PROMISES, "An order that fails at the upstream fails here, and is not paid again")
def a_failed_task_fails(run: Run) -> str:
    video, mark = run.order("end=fail")
    found = run.tenant.reached(video, "failed")
    expect("payments", len(run.ledger.payments(mark)), 1)
    return f"failed: {found['error']['code']}, 1 payment"


@check(Stage.PROMISES, "A 5xx after the payment is unconfirmed; nothing is sent again, and the operator ends it as charged")
def a_5xx_after_payment_is_unconfirmed(run: Run) -> str:
    video, mark = run.order("create=500")
    run.tenant.reached(video, "unconfirmed")
    run.target.operate("videos", "resolve", video, "--charged")
    found = wait_for("the end", lambda: _failed(run, video))
    expect("error", found["error"]["code"], "charged_without_video")
    expect("payments", len(run.ledger.payments(mark)), 1)
    return "unconfirmed, resolved as charged_without_video, 1 payment"


def _failed(run: Run, video: str) -> dict[str, dict[str, str]] | None:
    found = run.tenant.video(video)
    return found if found["status"] == "failed" else None


@check(Stage.AFTER, "The ledger of the whole run: no order was paid twice, and every payment has its video")
def the_ledger_balances(run: Run) -> str:
    labels = [payment["label"] for payment in run.ledger.payments()]
    twice = {mark for mark in labels if labels.count(mark) > 1}
    expect("labels that were paid twice", twice, set())
    unknown = set(labels) - set(run.videos)
    expect("payments without a video", unknown, set())
    require("nothing was paid at all", labels)
    return f"{len(run.videos)} orders, {len(labels)} payments, none twice"
