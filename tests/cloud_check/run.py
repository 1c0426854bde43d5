"""One run: its target, its tenants, and what its checks have seen."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock
from uuid import uuid4

from tests.cloud_check.events import EventQueue
from tests.cloud_check.registry import Check, Need, Refuted, Stage
from tests.cloud_check.target import Target
from tests.cloud_check.tenant import Tenant, label
from tests.cloud_check.upstream.ledger import Ledger

# Without them there is nothing to check.
EARLY = (Stage.PREFLIGHT, Stage.DEPLOY)


@dataclass(frozen=True)
class Outcome:
    """What became of one check: `passed`, `failed` or `skipped`, and the evidence or the reason."""

    check: Check
    result: str
    said: str
    seconds: float = 0.0


@dataclass
class Run:
    target: Target
    long: bool = False
    marker: str = field(default_factory=lambda: f"quillfeather{uuid4().hex[:8]}")
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    # Label of an order -> the video that it made, and its tenant.
    videos: dict[str, str] = field(default_factory=dict)
    tenants: dict[str, Tenant] = field(default_factory=dict)
    # Keys and signatures that no log may show.
    secrets: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @property
    def ledger(self) -> Ledger:
        return self.target.ledger

    @cached_property
    def tenant(self) -> Tenant:
        return self.new_tenant("first")

    @cached_property
    def other_tenant(self) -> Tenant:
        return self.new_tenant("second")

    @cached_property
    def events(self) -> EventQueue:
        """The check's own subscription to the events; begins with the deployment."""
        return EventQueue(self.target)

    def new_tenant(self, name: str) -> Tenant:
        key = self.target.operate("keys", "create", "--tenant", f"check-{name}").splitlines()[-1]
        self.target.private.append(key)
        self.secrets.append(key)
        return Tenant(self.target, key, self.marker)

    def order(self, script: str = "", *, tenant: Tenant | None = None, **fields: object) -> tuple[str, str]:
        """Order a video; return its id and the label of its payment."""
        mark = label()
        tenant = tenant or self.tenant
        video = tenant.order(mark, script, **fields)
        self.remember(mark, video, tenant)
        return video, mark

    def remember(self, mark: str, video: str, tenant: Tenant | None = None) -> None:
        with self._lock:
            self.videos[mark] = video
            self.tenants[video] = tenant or self.tenant

    def skipped_because(self, check: Check) -> str | None:
        """Return why a check cannot run here, or None."""
        reasons = [self.target.lacks[need] for need in check.needs if need in self.target.lacks]
        if Need.LONG in check.needs and not self.long:
            reasons.append("only with --long")
        return "; ".join(reasons) or None

    def all(self, checks: Sequence[Check], say: Callable[[Outcome], None]) -> list[Outcome]:
        """Run every check; those of one stage begin when the stage before has ended."""
        found: list[Outcome] = []
        for stage in Stage:
            of_stage = [check for check in checks if check.stage is stage]
            if stage is not Stage.PREFLIGHT and any(each.result == "failed" for each in found if each.check.stage in EARLY):
                found += [Outcome(check, "skipped", "nothing is deployed") for check in of_stage]
                continue
            threads = ThreadPoolExecutor(self.target.parallel if stage is Stage.PROMISES else 1)
            try:
                for outcome in threads.map(self.one, of_stage):
                    say(outcome)
                    found.append(outcome)
            finally:
                # A run that is stopped does not wait minutes for its checks before it removes what it has created.
                threads.shutdown(wait=False, cancel_futures=True)
        return found

    def one(self, check: Check) -> Outcome:
        """Run one check; whatever it raises is its failure."""
        reason = self.skipped_because(check)
        if reason:
            return Outcome(check, "skipped", reason)
        began = time.monotonic()
        try:
            result, said = "passed", check.run(self)
        except Refuted as refuted:
            result, said = "failed", str(refuted)
        except SystemExit as ended:  # of a tool that could not go on
            result, said = "failed", str(ended)
        except Exception as error:  # a report with all checks is worth more than the first traceback
            result, said = "failed", f"{type(error).__name__}: {error}"
        return Outcome(check, result, said, time.monotonic() - began)
