"""Budgets: limits by tenant and by name of an API key, for a UTC day and a month, which hold at every acceptance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

from cliprelay.catalog.micros import usd
from cliprelay.errors import Refusal
from cliprelay.video.record import iso
from cliprelay.video.spend import EVERY_TENANT, Periods, Scope, SpendTable, periods_of

# The shares of a limit, in percent, at which the operator and the tenant are notified, once per period.
THRESHOLDS = (50, 80, 100)
# The items that say that a threshold was reached; they are deleted once it was published.
NOTICES = "notices"
# The largest limit: far more than anybody pays for videos, and far less than a number of DynamoDB can hold.
MOST_MICROS = 1_000_000_000 * 1_000_000


class Limits(NamedTuple):
    """The most that may be used in a day and in a month, in micro-dollars; None: no limit."""

    day: int | None = None
    month: int | None = None

    @property
    def exist(self) -> bool:
        """Return whether there is a limit at all; one of 0 refuses every order."""
        return self != (None, None)


NO_LIMITS = Limits()


@dataclass(frozen=True)
class Use:
    """What one period of a budget counts, in micro-dollars; `used` includes what is reserved and what is in doubt.

    `reached` is the highest threshold that was reached, in percent.
    """

    period: str
    used: int = 0
    reserved: int = 0
    doubtful: int = 0
    reached: int = 0


@dataclass(frozen=True)
class Budget:
    """One budget as stored: its own limits with their version, and its present periods; None before its first video."""

    scope: Scope
    limits: Limits = NO_LIMITS
    version: int | None = None
    default_version: int | None = None  # of the default limits under which it last counted a video
    day: Use | None = None
    month: Use | None = None

    @classmethod
    def of(cls, scope: Scope, item: Mapping[str, Any] | None) -> Self:
        """Read an item; None is a budget that was never set and has counted nothing."""
        found = item or {}
        limits = Limits(found.get("day_limit"), found.get("month_limit"))
        return cls(
            scope, limits, found.get("limit_version"), found.get("default_version"), *(_use(found, period) for period in ("day", "month"))
        )

    def at(self, moment: datetime) -> tuple[Use, Use]:
        """Return the day and the month that a video would count in; a clock that is behind counts in the later period."""
        today = periods_of(moment)
        return _or_new(self.day, today.day), _or_new(self.month, today.month)


@dataclass(frozen=True)
class InForce:
    """A budget with the limits that hold for it, its own or the default ones of the version `default`."""

    budget: Budget
    limits: Limits
    default: int | None = None


class Reservation(NamedTuple):
    """The parts of the transaction that reserves an amount, and the names of the periods that it touches."""

    parts: list[dict[str, Any]]
    budgets: list[str]


class BudgetTable:
    """Read and change budgets, and reserve amounts in them."""

    def __init__(self, spend: SpendTable) -> None:
        self._table = spend.table

    # Accepting

    def in_force(self, tenant: str, key_name: str | None) -> list[InForce]:
        """Read the budgets with a limit that an order with this key touches, strongly consistent: the tenant's, then the key's."""
        scopes = [Scope(tenant), *([Scope(tenant, key_name)] if key_name else [])]
        default = Scope(EVERY_TENANT)
        items = self._table.read_many(*(scope.key for scope in (*scopes, default)))
        own = [Budget.of(scope, items.get(scope.key)) for scope in scopes]
        fallback = Budget.of(default, items.get(default.key))
        found = [InForce(budget, budget.limits) for budget in own]
        if not own[0].limits.exist:
            found[0] = InForce(own[0], fallback.limits, fallback.version or 0)
        return [each for each in found if each.limits.exist]

    def applies(self, tenant: str, key_name: str | None) -> bool:
        """Return whether an order with this key touches a budget."""
        return bool(self.in_force(tenant, key_name))

    def reserve(self, budgets: Sequence[InForce], ask: int, now: datetime) -> Reservation:
        """Build the parts that reserve `ask` micro-dollars; they fail if a budget has changed since it was read.

        Raises Refusal if it does not fit into one.
        """
        refusals = [found for each in budgets for found in _exceeded(each, ask, now)]
        if refusals:
            raise max(refusals, key=lambda each: each.facts["resets_at"])  # earlier, the order would be refused again
        reservation = Reservation([], [])
        for each in budgets:
            self._reserve(each, ask, now, reservation)
        # Behind the budgets, because they have no condition.
        notices = [part for each in budgets for part in self._notices(each, ask, now)]
        return Reservation([*reservation.parts, *notices], reservation.budgets)

    def _reserve(self, each: InForce, ask: int, now: datetime, reservation: Reservation) -> None:
        day, month = each.budget.at(now)
        change = _Change()
        for name, use, limit in _periods(each, now):
            _count(change, name, use, getattr(each.budget, name), limit, ask)
        _pin_limits(change, each)
        part = self._table.update_part(each.budget.scope.key, change.sets, " AND ".join(change.conditions), change.values, adds=change.adds)
        reservation.parts.append(part)
        reservation.budgets.extend(each.budget.scope.named(Periods(day.period, month.period)))

    def _notices(self, each: InForce, ask: int, now: datetime) -> list[dict[str, Any]]:
        found = []
        for name, use, limit in _periods(each, now):
            reached = reached_by(use.used + ask, limit)
            if limit is not None and reached > use.reached:
                scope = each.budget.scope
                budget = scope.named(Periods(use.period, use.period))[0]
                item: dict[str, Any] = {
                    "pk": NOTICES,
                    "sk": f"{budget}#{reached}",
                    "tenant": scope.tenant,
                    "key_name": scope.key_name,
                    "span": name,
                }
                item |= {"period": use.period, "percent": reached, "limit": limit, "used": use.used + ask, "reached_at": iso(now)}
                found.append(self._table.put_part({key: value for key, value in item.items() if value is not None}, ""))
        return found

    # Managing

    def get(self, scope: Scope) -> Budget:
        """Read a budget, strongly consistent."""
        return Budget.of(scope, self._table.read(scope.key))

    def set_limits(self, scope: Scope, limits: Limits) -> None:
        """Set the limits of a budget; what it has counted stays. No limits at all end it."""
        sets = {"day_limit": limits.day, "month_limit": limits.month}
        self._table.write(self._table.update_part(scope.key, sets, "", {}, adds={"limit_version": 1}))

    def of_tenant(self, tenant: str) -> list[Budget]:
        """Read all budgets of a tenant: its own, then those of its keys by name."""
        pages = self._table.pages("", "pk = :tenant", {":tenant": Scope(tenant).key[0]}, ConsistentRead=True)
        budgets = [Budget.of(_scope_of(item), item) for page in pages for item in page["Items"]]
        return sorted(budgets, key=lambda budget: (budget.scope.key_name is not None, budget.scope.key_name or ""))

    def every(self) -> Iterator[Budget]:
        """Scan for all budgets; only for the operator's commands."""
        return (Budget.of(_scope_of(item), item) for item in self._table.scan() if item["pk"].startswith("budget#"))

    # Notifying

    def notices(self) -> list[dict[str, Any]]:
        """Return the thresholds that were reached and not published yet, each with its tenant, period, percent, limit and use."""
        return [item for page in self._table.pages("", "pk = :notices", {":notices": NOTICES}) for item in page["Items"]]

    def forget(self, notice: Mapping[str, Any]) -> None:
        """Delete a published notice; idempotent."""
        self._table.transact(self._table.delete_part((notice["pk"], notice["sk"])))


def reached_by(used: int, limit: int | None) -> int:
    """Return the highest threshold, in percent, that an amount reaches; 0 for none."""
    if limit is None:
        return 0
    return max((percent for percent in THRESHOLDS if used >= _bound(limit, percent)), default=0)


def fit(budgets: Sequence[InForce], ask: int, now: datetime) -> dict[str, Any] | None:
    """Say whether an amount fits into all budgets, with the one of which the least is left; None if there is no budget."""
    found = [(limit - use.used, each.budget.scope, name, use, limit) for each in budgets for name, use, limit in _limited(each, now)]
    if not found:
        return None
    left, scope, name, use, limit = min(found, key=lambda each: each[0])
    return {"fits": ask <= left, **_facts(scope, name, use, limit, ask)}


def budget_name(key_name: str | None, span: str) -> str:
    """Return how clients know the day or the month of a budget."""
    return f"tenant:{span}" if key_name is None else f"key:{key_name}:{span}"


def resets_at(period: str) -> str:
    """Return when the period after this day or month begins."""
    begins = datetime.strptime(period if len(period) > len("2026-11") else f"{period}-01", "%Y-%m-%d").replace(tzinfo=UTC)
    if len(period) > len("2026-11"):
        return iso(begins + timedelta(days=1))
    return iso((begins + timedelta(days=31)).replace(day=1))


class _Change:
    """An update in the making."""

    def __init__(self) -> None:
        self.sets: dict[str, Any] = {}
        self.adds: dict[str, int] = {}
        self.conditions: list[str] = []
        self.values: dict[str, Any] = {}


def _count(change: _Change, name: str, use: Use, stored: Use | None, limit: int | None, ask: int) -> None:
    """Count an amount in a period, if that is the present one, and the amount fits and reaches no other threshold than `reached`."""
    reached = max(reached_by(use.used + ask, limit), use.reached)
    if stored is not None and stored.period == use.period:
        change.adds |= {f"{name}_used": ask, f"{name}_reserved": ask}
        change.sets |= {f"{name}_reached": reached} if reached > use.reached else {}
        change.conditions.append(f"#{name} = :{name}")
        change.values[f":{name}"] = use.period
        _bound_use(change, name, use, limit, ask, reached)
        return
    change.sets |= {name: use.period, f"{name}_used": ask, f"{name}_reserved": ask, f"{name}_doubtful": 0, f"{name}_reached": reached}
    change.conditions.append(f"#{name} = :{name}_before" if stored else f"attribute_not_exists(#{name})")
    change.values |= {f":{name}_before": stored.period} if stored else {}


def _bound_use(change: _Change, name: str, use: Use, limit: int | None, ask: int, reached: int) -> None:
    """Require that the use is such that `ask` fits and reaches exactly the threshold `reached`, whatever was counted since it was read."""
    if limit is None:
        return
    above = [_bound(limit, percent) for percent in THRESHOLDS if percent > reached]
    change.conditions.append(f"#{name}_used <= :{name}_most")
    change.values[f":{name}_most"] = min([limit - ask, *(bound - ask - 1 for bound in above)])
    if reached > use.reached:
        change.conditions.append(f"#{name}_used >= :{name}_least")
        change.values[f":{name}_least"] = _bound(limit, reached) - ask


def _pin_limits(change: _Change, each: InForce) -> None:
    """Require that the limits are those that were read, and that no video was counted under newer default ones."""
    if each.budget.version is None:
        change.conditions.append("attribute_not_exists(limit_version)")
    else:
        change.conditions.append("limit_version = :version")
        change.values[":version"] = each.budget.version
    if each.default is not None:
        change.conditions.append("(attribute_not_exists(default_version) OR default_version <= :default)")
        change.values[":default"] = each.default
        change.sets |= {"default_version": each.default} if each.default != each.budget.default_version else {}


def _exceeded(each: InForce, ask: int, now: datetime) -> Iterator[Refusal]:
    for name, use, limit in _limited(each, now):
        if use.used + ask > limit:
            yield _refusal(each.budget.scope, name, use, limit, ask)


def _refusal(scope: Scope, name: str, use: Use, limit: int, ask: int) -> Refusal:
    whose = "your account" if scope.key_name is None else f"the key {scope.key_name}"
    facts = _facts(scope, name, use, limit, ask)
    left = usd(max(0, limit - use.used))
    detail = (
        f"This video may cost {usd(ask)} USD, and {whose} may spend {usd(limit)} USD in a {name}, of which {left} USD are left; "
        f"nothing was recorded. The next {name} begins at {facts['resets_at']}."
    )
    return Refusal("budget_exceeded", detail, **facts)


def _facts(scope: Scope, name: str, use: Use, limit: int, ask: int) -> dict[str, Any]:
    """Return what is said of one period of a budget, in refusals and quotes."""
    return {
        "budget": budget_name(scope.key_name, name),
        "limit_usd": usd(limit),
        "spent_usd": usd(use.used - use.reserved),
        "reserved_usd": usd(use.reserved),
        "asked_usd": usd(ask),
        "resets_at": resets_at(use.period),
    }


def _periods(each: InForce, now: datetime) -> list[tuple[str, Use, int | None]]:
    return list(zip(("day", "month"), each.budget.at(now), each.limits, strict=True))


def _limited(each: InForce, now: datetime) -> list[tuple[str, Use, int]]:
    return [(name, use, limit) for name, use, limit in _periods(each, now) if limit is not None]


def _bound(limit: int, percent: int) -> int:
    return -(-limit * percent // 100)


def _use(item: Mapping[str, Any], name: str) -> Use | None:
    if name not in item:
        return None
    return Use(item[name], *(item.get(f"{name}_{part}", 0) for part in ("used", "reserved", "doubtful", "reached")))


def _or_new(use: Use | None, period: str) -> Use:
    return use if use is not None and use.period >= period else Use(period)


def _scope_of(item: Mapping[str, Any]) -> Scope:
    kind, _, name = item["sk"].partition("#")
    return Scope(item["pk"].partition("#")[2], name if kind == "key" else None)
