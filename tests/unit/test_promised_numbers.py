"""The numbers that the documents, the alarms and the other side rely on; a change here needs a change there."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

NUMBERS: dict[str, dict[str, Any]] = {
    "admission.controls": {"PAUSED_FIRST": 60, "PAUSED_CAP": 300, "PAUSED_GROWTH": 0.05, "PROBE_FIRST": 30, "PROBE_CAP": 300},
    "steps.archive": {"RESERVE": 60},
    "steps.notify": {"LINK_SECONDS": 3_600},
    "steps.submit": {"ENOUGH": 30, "RESERVE": 45},
    "steps.sweep": {"PROMPT_RUNS": 3, "LONGEST": timedelta(minutes=3)},
    "upstream.credentials": {"CACHE_SECONDS": 300},
    "upstream.myrouter.answers": {"LONGEST_ID": 256},
    "upstream.myrouter.client": {"CONNECT_SECONDS": 10, "POLL_SECONDS": 30, "ANSWER_LIMIT": 1_000_000},
    "upstream.myrouter.quoting": {"QUOTED": 2_000},
    "video.idempotency": {"LONGEST_KEY": 512},
    "video.kept_copies": {"MOST_KEPT": 3, "MOST_NOTED": 8, "APART": 300},
    "video.links": {"REMEMBERED": 20},
    "video.record": {"DEADLINE_MARGIN": timedelta(minutes=15)},
    "video.table": {"DUE": "due", "UNCONFIRMED": "unconfirmed", "KEEPER_MARGIN": timedelta(minutes=10)},
    "webhooks.retry_schedule": {"JITTER": 0.1, "LONGEST_RETRY_AFTER": 86_400, "GONE": 410},
    "webhooks.sender": {"SECONDS": 15, "CONNECT_SECONDS": 5, "ANSWER_LIMIT": 1 << 20},
    "workflow.contract": {"AT_ONCE": 1, "CLAIM_HELD": 30},
    "workflow.decisions": {
        "MISSES_ALLOWED": 8,
        "LINK_KEPT": timedelta(hours=24),
        "COPIES_OWED": 8,
        "SILENCE_ALLOWED": timedelta(hours=24),
        "LOST": {"lost_upstream", "missing_output", "video_gone", "video_unverified", "video_not_copied", "upstream_silent"},
    },
    "workflow.durations": {"PREFIX": "durations#1#", "BUCKETS": 128, "BOUND": 128, "UNITS": 1_000},
    "workflow.durations_table": {"REMEMBERED": timedelta(minutes=5), "GATHERED": timedelta(seconds=30), "KEPT": timedelta(days=90)},
    "workflow.leases": {"PARTS_OF_MARGIN": 3, "FAR": 50},
    "workflow.pace": {"DENSEST": 2, "FIRST_STRETCH": 4},
    "workflow.schedule": {"ETA_STRETCH": 2, "YOUNG": 600},
    "workflow.settlement": {"SOONEST": 1, "LATEST": 300, "BELIEVED": 5, "ACCOUNT_FIRST_WAIT": 30},
}


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, numbers in NUMBERS.items() for name in numbers])
def test_a_number_has_the_value_that_the_documents_promise(module: str, name: str) -> None:
    assert getattr(import_module(f"cliprelay.{module}"), name) == NUMBERS[module][name]
