"""A local EventBridge: run schedules, and send events to the functions whose rules match."""

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.events.models import EventPattern

from local.account import ACCOUNT_ID, REGION
from local.aws.step_functions.events import Event
from local.stack.context import Rule
from local.stack.template import TemplateError

RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
SECONDS = {"minute": 60, "hour": 3600, "day": 86400}

InvokeLater = Callable[[str, Any], None]


def rate_seconds(expression: str) -> int:
    """Return the seconds between two ticks; only `rate(…)` is supported."""
    match = RATE.fullmatch(expression)
    if not match:
        raise TemplateError(f"the local service supports only rate(...) schedules, not {expression!r}")
    return int(match.group(1)) * SECONDS[match.group(2).removesuffix("s")]


class EventBus:
    """The default event bus; it uses the rules that its list contains at the time of an event."""

    def __init__(self, rules: list[Rule], invoke_later: InvokeLater) -> None:
        self._rules = rules
        self._invoke_later = invoke_later

    def publish(self, event: Event) -> None:
        for rule in self._rules:
            if rule.pattern and EventPattern.load(rule.pattern).matches_event(event):  # type: ignore[arg-type]
                send_to_targets(rule, event, self._invoke_later)


def send_to_targets(rule: Rule, event: Event, invoke_later: InvokeLater) -> None:
    for target in rule.targets:
        function_name = target["Arn"].rsplit(":", 1)[-1]
        invoke_later(function_name, json.loads(target["Input"]) if "Input" in target else event)


@dataclass
class _ScheduledRule:
    rule: Rule
    period: float
    due: float


class Scheduler:
    """Triggers the scheduled rules on one thread, until it is stopped."""

    def __init__(self, rules: list[Rule], invoke_later: InvokeLater, time_scale: float, first_tick_at_once: bool = False) -> None:
        self._rules = [(rule, rate_seconds(rule.schedule) * time_scale) for rule in rules if rule.schedule]
        self._invoke_later = invoke_later
        self._first_tick_at_once = first_tick_at_once
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        now = time.monotonic()
        ticking = [_ScheduledRule(rule, seconds, now if self._first_tick_at_once else now + seconds) for rule, seconds in self._rules]
        while ticking:
            earliest = min(ticking, key=lambda one: one.due)
            if self._stopped.wait(max(0.0, earliest.due - time.monotonic())):
                return
            send_to_targets(earliest.rule, scheduled_event(earliest.rule), self._invoke_later)
            # After a delay, missed ticks are skipped.
            earliest.due = max(earliest.due + earliest.period, time.monotonic())


def scheduled_event(rule: Rule) -> Event:
    """Build the event: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html"""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [rule.arn],
        "detail": {},
    }
