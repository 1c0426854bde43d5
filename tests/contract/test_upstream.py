"""What the steps rely on: one suite for the fake upstream and for the real client against the simulator."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cliprelay.catalog.model import Model
from cliprelay.catalog.registry import MODELS
from cliprelay.errors import NoAnswer, NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo, TaskNotFound, UpstreamError
from cliprelay.upstream.contract import Outcome, PaidRequest
from cliprelay.upstream.myrouter.client import MyRouter
from cliprelay.upstream.myrouter.wire import wire_of
from local.simulator.service import Simulator
from tests.support.fake_upstream import KEY, FakeUpstream
from tests.support.makers import any_settings

PATH = "/v3/async/seedance-v1.5-pro-i2v"


@dataclass
class Subject:
    """An upstream, and the real number of paid tasks."""

    client: Any
    paid: Callable[[], int]
    with_key: Callable[[str], Any]
    is_real: bool = False

    def create(self, faults: str = "", *, key: str = KEY) -> str:
        task_id: str = self.client.create(PaidRequest(PATH, _payload(faults)), key=key)
        return task_id


def _payload(faults: str) -> bytes:
    prompt = "A lighthouse." + (f" [sim {faults}]" if faults else "")
    settings = {name: value for name, value in any_settings(prompt=prompt).items() if name != "fps"}
    return json.dumps({**settings, "image": "https://assets.example.com/lighthouse.png"}).encode()


def _fake() -> Iterator[Subject]:
    fake = FakeUpstream()

    def with_key(key: str) -> FakeUpstream:
        asking = FakeUpstream(asks_with=key)
        asking.ledger = fake.ledger
        return asking

    yield Subject(fake, lambda: len(fake.ledger), with_key)


def _real() -> Iterator[Subject]:
    # Tasks end at once, so that no test waits.
    with Simulator(KEY, cheap=True, queue=0, run=0, rate_limit=0) as simulator:

        def with_key(key: str) -> MyRouter:
            return MyRouter(simulator.url, lambda: key, submit_seconds=60)

        yield Subject(with_key(KEY), lambda: len(simulator.ledger()), with_key, is_real=True)


@pytest.fixture(params=[_fake, _real], ids=["fake", "real client and simulator"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    yield from request.param()


# Paying


def test_an_accepted_create_is_paid_and_has_an_id(subject: Subject) -> None:
    assert subject.create()
    assert subject.paid() == 1


def test_the_same_create_twice_is_paid_twice_under_two_ids(subject: Subject) -> None:
    assert subject.create() != subject.create()
    assert subject.paid() == 2


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_model_is_paid_for_at_its_own_path(subject: Subject, model: Model) -> None:
    settings = {"prompt": "A lighthouse.", "resolution": "480p"}
    image = {"image": "https://assets.example.com/lighthouse.png"} if model.image_fields else {}
    assert subject.client.create(PaidRequest(wire_of(model.name).path, json.dumps(settings | image).encode()), key=KEY)
    assert subject.paid() == 1


def test_a_create_can_be_given_a_time(subject: Subject) -> None:
    assert subject.client.create(PaidRequest(PATH, _payload("")), key=KEY, seconds=50)
    assert subject.client.submit_seconds > 0


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("429", NotAccepted, "throttled"),
        ("auth", RefusedAccount, "upstream_key"),
        ("balance", RefusedAccount, "upstream_balance"),
        ("balance-400", RefusedAccount, "upstream_balance"),
        ("302", RefusedAccount, "redirected"),
        ("invalid", RefusedVideo, "invalid_request"),
        ("moderation", RefusedVideo, "moderated"),
        ("no-route", RefusedVideo, "model_unavailable"),
    ],
)
def test_a_refusal_has_its_class_and_code_and_buys_nothing(subject: Subject, fault: str, kind: type[UpstreamError], code: str) -> None:
    with pytest.raises(kind) as caught:
        subject.create(f"create={fault}")
    assert caught.value.code == code
    assert subject.paid() == 0


def test_a_503_for_overload_buys_nothing(subject: Subject) -> None:
    with pytest.raises(NotAccepted):
        subject.create("create=503")
    assert subject.paid() == 0


def test_a_wrong_key_is_a_refusal_about_the_account(subject: Subject) -> None:
    with pytest.raises(RefusedAccount):
        subject.create(key="wrong key")
    assert subject.paid() == 0


def test_a_throttled_create_says_how_long_to_wait_if_known(subject: Subject) -> None:
    with pytest.raises(NotAccepted) as caught:
        subject.create("create=429:7")
    assert caught.value.retry_after == 7


def test_a_create_refused_once_is_accepted_the_next_time(subject: Subject) -> None:
    with pytest.raises(NotAccepted):
        subject.create("create=429")
    assert subject.create("create=429")
    assert subject.paid() == 1


@pytest.mark.parametrize("fault", ["drop", "reset", "500", "502-html"])
def test_a_lost_answer_without_a_payment_leaves_the_outcome_unknown(subject: Subject, fault: str) -> None:
    with pytest.raises(OutcomeUnknown):
        subject.create(f"create={fault}")
    assert subject.paid() == 0


@pytest.mark.parametrize(
    "fault",
    [
        "drop-after-accept",
        "reset-after-accept",
        "500-after-accept",
        "502-after-accept",
        "html",
        "empty",
        "empty-object",
        "null-id",
        "error-in-200",
        "truncated",
        "long-id",
    ],
)
def test_a_lost_answer_after_a_payment_leaves_the_outcome_unknown(subject: Subject, fault: str) -> None:
    with pytest.raises(OutcomeUnknown):
        subject.create(f"create={fault}")
    assert subject.paid() == 1


# Polling


def test_a_success_has_a_link_and_polling_buys_nothing(subject: Subject) -> None:
    task_id = subject.create()
    for _ in range(3):
        task = subject.client.task(task_id)
        assert task.outcome is Outcome.SUCCEEDED
        assert task.video_url.startswith("http")
    assert subject.paid() == 1


def test_an_unfinished_task_is_running_and_has_no_link(subject: Subject) -> None:
    task = subject.client.task(subject.create("outcome=never"))
    assert (task.outcome, task.video_url) == (Outcome.RUNNING, None)
    assert 0 <= (task.progress or 0) < 100


@pytest.mark.parametrize(
    ("outcome", "told", "code"),
    [
        ("fail:broken", Outcome.FAILED, "generation_failed"),
        ("moderated", Outcome.FAILED, "moderated"),
        ("expired", Outcome.EXPIRED, "expired"),
        ("cancelled", Outcome.CANCELED, "canceled_upstream"),
    ],
)
def test_every_end_has_a_code_and_a_message(subject: Subject, outcome: str, told: Outcome, code: str) -> None:
    task = subject.client.task(subject.create(f"outcome={outcome}"))
    assert (task.outcome, task.error_code) == (told, code)
    assert task.error_message


def test_an_unknown_task_is_not_found(subject: Subject) -> None:
    with pytest.raises(TaskNotFound):
        subject.client.task("task-of-nobody")


def test_a_poll_with_a_wrong_key_is_a_refusal_about_the_account(subject: Subject) -> None:
    task_id = subject.create()
    with pytest.raises(RefusedAccount):
        subject.with_key("wrong key").task(task_id)


def test_an_unknown_word_is_running_and_marked(subject: Subject) -> None:
    task_id = subject.create("poll=unknown-status outcome=never")
    assert not subject.client.task(task_id).known_word
    assert subject.client.task(task_id).known_word


def test_a_success_can_lack_its_link_at_first(subject: Subject) -> None:
    task_id = subject.create("poll=no-url")
    first, second = subject.client.task(task_id), subject.client.task(task_id)
    assert (first.outcome, first.video_url) == (Outcome.SUCCEEDED, None)
    assert second.video_url


def test_a_task_can_be_unknown_at_first(subject: Subject) -> None:
    task_id = subject.create("poll=404")
    with pytest.raises(TaskNotFound):
        subject.client.task(task_id)
    assert subject.client.task(task_id).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("fault", ["500", "429", "html", "empty", "truncated", "error-in-200", "drop", "reset", "302"])
def test_a_poll_without_an_answer_can_be_repeated(subject: Subject, fault: str) -> None:
    task_id = subject.create(f"poll={fault}")
    with pytest.raises(NoAnswer):
        subject.client.task(task_id)
    assert subject.client.task(task_id).outcome is Outcome.SUCCEEDED
