"""`python -m operate budgets`: limits that are set, shown and cleared, and orders that they refuse."""

from typing import TYPE_CHECKING

import pytest

from cliprelay.tenants.budgets import Limits
from cliprelay.video.spend import EVERY_TENANT, Scope
from tests.support.makers import NOW, TENANT
from tests.support.operate_stack import Operate

if TYPE_CHECKING:
    from tests.support.world import World

pytestmark = pytest.mark.usefixtures("fixed_day")


def _rows(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()[1:]]


def test_a_limit_is_set_and_the_other_one_stays(world: "World", operate: Operate) -> None:
    status, out, err = operate("budgets", "set", "--tenant", TENANT, "--day", "20")
    assert (status, world.budgets.get(Scope(TENANT)).limits) == (0, Limits(20_000_000, None))
    assert _rows(out)[0][:4] == [TENANT, "-", "day", "20.0000"]
    assert "within 60 seconds" in err
    operate("budgets", "set", "--tenant", TENANT, "--month", "300.5")
    assert world.budgets.get(Scope(TENANT)).limits == Limits(20_000_000, 300_500_000)


def test_a_key_and_every_tenant_have_budgets_of_their_own(world: "World", operate: Operate) -> None:
    operate("budgets", "set", "--tenant", TENANT, "--key-name", "shop", "--day", "5")
    operate("budgets", "set", "--default", "--month", "50")
    assert world.budgets.get(Scope(TENANT, "shop")).limits == Limits(5_000_000, None)
    assert world.budgets.get(Scope(EVERY_TENANT)).limits == Limits(None, 50_000_000)
    _, out, _ = operate("budgets", "show")
    assert [row[:4] for row in _rows(out)] == [
        ["(default)", "-", "day", "none"],
        ["(default)", "-", "month", "50.0000"],
        [TENANT, "shop", "day", "5.0000"],
        [TENANT, "shop", "month", "none"],
    ]


def test_a_limit_of_zero_refuses_every_order(world: "World", operate: Operate) -> None:
    operate("budgets", "set", "--tenant", TENANT, "--day", "0")
    budgets = world.budgets.in_force(TENANT, None)
    assert [each.limits for each in budgets] == [Limits(0, None)]


def test_what_was_used_is_shown_with_what_is_left(world: "World", operate: Operate) -> None:
    operate("budgets", "set", "--tenant", TENANT, "--month", "10")
    world.spend.table.transact(*world.budgets.reserve(world.budgets.in_force(TENANT, None), 2_500_000, NOW).parts)
    _, out, _ = operate("budgets", "show", "--tenant", TENANT)
    assert _rows(out)[1][2:8] == ["month", "10.0000", "2.5000", "2.5000", "0.0000", "7.5000"]


def test_a_tenant_that_had_limits_shows_the_default_ones(world: "World", operate: Operate) -> None:
    operate("budgets", "set", "--tenant", TENANT, "--day", "1")
    operate("budgets", "set", "--default", "--day", "2")
    operate("budgets", "clear", "--tenant", TENANT)
    _, out, _ = operate("budgets", "show", "--tenant", TENANT)
    assert _rows(out)[0][2:5] == ["day", "2.0000", "(default)"]


def test_clear_removes_the_limits_and_says_when_there_are_none(world: "World", operate: Operate) -> None:
    operate("budgets", "set", "--tenant", TENANT, "--day", "1", "--month", "2")
    status, out, _ = operate("budgets", "clear", "--tenant", TENANT)
    assert (status, world.budgets.get(Scope(TENANT)).limits) == (0, Limits())
    assert out == f"Tenant {TENANT} has no limit of its own any more.\n"
    assert operate("budgets", "clear", "--tenant", TENANT)[1] == f"Nothing to do: tenant {TENANT} has no limit of its own.\n"


def test_without_a_budget_show_says_how_to_set_one(operate: Operate) -> None:
    status, out, err = operate("budgets", "show")
    assert (status, out) == (0, "")
    assert "There is no budget in stack" in err
    assert "budgets set --tenant T --day USD" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tenant", TENANT], "at least one of --day and --month is required; `budgets clear` removes limits"),
        (["--day", "5"], "one of the arguments --tenant --default is required"),
        (["--default", "--key-name", "shop", "--day", "5"], "--key-name requires --tenant"),
        (["--tenant", TENANT, "--default", "--day", "5"], "not allowed with argument"),
        (["--tenant", TENANT, "--day", "-5"], "argument --day: must be US dollars in plain digits"),
        (["--tenant", TENANT, "--day", "NaN"], "argument --day: must be US dollars in plain digits"),
        (["--tenant", TENANT, "--month", "$5"], "argument --month: must be US dollars in plain digits"),
        (["--tenant", TENANT, "--month", "1e9"], "argument --month: must be US dollars in plain digits"),
        (["--tenant", TENANT, "--key-name", "-", "--day", "5"], "argument --key-name"),
        (["--tenant", "A B", "--day", "5"], "argument --tenant: a tenant name is"),
    ],
)
def test_what_makes_no_budget_is_refused_in_one_line_and_sets_nothing(
    world: "World", operate: Operate, words: list[str], message: str
) -> None:
    status, _, err = operate("budgets", "set", *words)
    assert (status, err.count("\n")) == (2, 1)
    assert message in err
    assert list(world.budgets.every()) == []
