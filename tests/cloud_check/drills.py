"""Drills: a part is taken away, the videos wait, the part comes back, and nothing is lost or paid twice."""

import copy
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any
from urllib.parse import unquote

from tests.cloud_check.registry import Need, Refuted, Stage, check, expect, require
from tests.cloud_check.run import Run
from tests.cloud_check.tenant import VIDEO_SECONDS, wait_for

# A role's change reaches every sandbox within seconds, as a rule; IAM promises no time.
IAM_SECONDS = 20
# How long the drill without Poll lasts: longer than the first wait, shorter than Lambda's retries.
PAUSE_SECONDS = 60
# A refused account is tried again after at most 300 s, a step that failed after 60 s.
RECOVERY_SECONDS = 420


@check(Stage.BEFORE, "Without an upstream key, an order waits unpaid; with the key it goes on")
def an_order_waits_for_the_key(run: Run) -> str:
    target = run.target
    if target.remove_upstream_key:
        target.remove_upstream_key(target)
    video, mark = run.order()
    code = wait_for("a warning about the key", lambda: _waiting_for(run, video, "upstream_key_missing"), 120)
    expect("payments without a key", len(run.ledger.payments(mark)), 0)
    target.operate("secret", "set", stdin=target.upstream_key)
    run.tenant.reached(video, "succeeded", seconds=RECOVERY_SECONDS)
    expect("payments", len(run.ledger.payments(mark)), 1)
    return f"queued with {code} and 0 payments; with the key succeeded, 1 payment"


def _waiting_for(run: Run, video: str, code: str) -> str:
    """Return the code once a queued video says that it waits for it."""
    found = run.tenant.video(video)
    codes = [warning["code"] for warning in found.get("warnings", [])]
    return code if found["status"] == "queued" and code in codes else ""


@check(Stage.DRILLS, "The upstream changes its key: orders wait unpaid until the new one is stored")
def a_replaced_key_is_waited_for(run: Run) -> str:
    new = token_hex(16)
    run.target.private.append(new)
    run.secrets.append(run.target.upstream_key)
    run.ledger.accept_key(new)
    video, mark = run.order()
    found = wait_for("a warning about the key", lambda: _waiting_for(run, video, "upstream_key"), 120)
    expect("payments with the old key", len(run.ledger.payments(mark)), 0)
    run.target.upstream_key = new
    run.target.operate("secret", "set", stdin=new)
    run.tenant.reached(video, "succeeded", seconds=RECOVERY_SECONDS)
    expect("payments", len(run.ledger.payments(mark)), 1)
    return f"queued with {found}; with the new key succeeded, 1 payment"


@check(Stage.DRILLS, "A stopped execution is continued by the next run, without a second payment", Need.SWEEP)
def a_stopped_execution_is_continued(run: Run) -> str:
    video, mark = run.order("polls=6")
    run.tenant.reached(video, "running")
    (first,) = run.target.executions(video)
    run.target.clients("stepfunctions").stop_execution(executionArn=first["executionArn"], error="Check", cause="stopped by the check")
    stopped = time.monotonic()
    wait_for("a second run", lambda: len(run.target.executions(video)) > 1, VIDEO_SECONDS)
    after = time.monotonic() - stopped
    run.tenant.reached(video, "succeeded")
    expect("payments", len(run.ledger.payments(mark)), 1)
    return f"run 2 began {after:.0f} s after the stop; succeeded, 1 payment"


@check(Stage.DRILLS, "A dropped answer is unconfirmed; adopted, the paid video is fetched")
def a_dropped_answer_is_adopted(run: Run) -> str:
    video, mark = run.order("create=drop")
    run.tenant.reached(video, "unconfirmed")
    (paid,) = run.ledger.payments(mark)
    run.target.operate("videos", "resolve", video, "--adopt", paid["task"])
    found = wait_for("the adopted video", lambda: _succeeded(run, video), RECOVERY_SECONDS)
    expect("payments", len(run.ledger.payments(mark)), 1)
    return f"unconfirmed, adopted, {found['status']}; 1 payment"


def _succeeded(run: Run, video: str) -> dict[str, Any]:
    found = run.tenant.video(video)
    return found if found["status"] == "succeeded" else {}


@contextmanager
def without(run: Run, function: str, sid: str) -> Iterator[None]:
    """Take one statement out of a function's role, and put the policy back whatever happens."""
    iam, role = run.target.clients("iam"), run.target.physical_id(f"{function}Role")
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        policy = read_policy(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        rest = less(policy, sid)
        if rest == policy:
            continue
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(rest))
        try:
            time.sleep(IAM_SECONDS * max(run.target.time_scale, 0.1))
            yield
        finally:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
        return
    raise Refuted(f"the role of {function} has no statement {sid}")


def read_policy(document: Any) -> dict[str, Any]:
    """Return a policy, which botocore decodes and an emulator may leave as text."""
    found: dict[str, Any] = json.loads(unquote(document)) if isinstance(document, str) else document
    return found


def less(policy: dict[str, Any], sid: str) -> dict[str, Any]:
    """Return the policy without one statement."""
    rest = copy.deepcopy(policy)
    rest["Statement"] = [statement for statement in rest["Statement"] if statement.get("Sid") != sid]
    return rest


def _errors(run: Run, video: str, state: str) -> int:
    """Count how often a state failed and was entered again by its Catch."""
    (execution,) = run.target.executions(video)[-1:]
    events = run.target.history(execution["executionArn"])
    return sum(each.get("stateEnteredEventDetails", {}).get("name") == f"{state}Again" for each in events)


@check(Stage.DRILLS, "Without the right to store, Archive fails and waits; with it, the video is stored", Need.ROLES)
def a_video_waits_for_archive(run: Run) -> str:
    with without(run, "ArchiveFunction", "StoreVideos"):
        video, mark = run.order()
        wait_for("a failure of Archive", lambda: _errors(run, video, "Archive"), RECOVERY_SECONDS)
        expect("status without the right", run.tenant.video(video)["status"], "archiving")
    run.tenant.reached(video, "succeeded", seconds=RECOVERY_SECONDS)
    expect("payments", len(run.ledger.payments(mark)), 1)
    return f"archiving while denied, {_errors(run, video, 'Archive')} failures; given back succeeded, 1 payment"


@check(Stage.DRILLS, "Without the right to publish, Notify fails and waits; with it, the end is published", Need.ROLES)
def an_end_waits_for_notify(run: Run) -> str:
    with without(run, "NotifyFunction", "PublishEvents"):
        video, _ = run.order()
        run.tenant.reached(video, "succeeded", seconds=RECOVERY_SECONDS)
        wait_for("a failure of Notify", lambda: _errors(run, video, "Notify"), RECOVERY_SECONDS)
        expect("messages without the right", run.events.counts()[(video, "succeeded")], 0)
    wait_for("its message", lambda: run.events.counts()[(video, "succeeded")], RECOVERY_SECONDS)
    return f"{_errors(run, video, 'Notify')} failures while denied, 0 messages; given back 1 message"


@check(Stage.DRILLS, "Without any concurrency for Poll, videos wait; with it they go on", Need.CONCURRENCY)
def videos_wait_for_poll(run: Run) -> str:
    functions, name = run.target.clients("lambda"), run.target.physical_id("PollFunction")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        video, mark = run.order()
        run.tenant.reached(video, "running")
        time.sleep(PAUSE_SECONDS)
        expect("status without Poll", run.tenant.video(video)["status"], "running")
    finally:
        functions.delete_function_concurrency(FunctionName=name)
    run.tenant.reached(video, "succeeded", seconds=RECOVERY_SECONDS)
    expect("payments", len(run.ledger.payments(mark)), 1)
    require("a second execution was needed", len(run.target.executions(video)) == 1)
    return f"running for {PAUSE_SECONDS} s without Poll; succeeded in the same execution, 1 payment"
