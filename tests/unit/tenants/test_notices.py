"""What is said about a budget that has reached a share of its limit."""

import pytest

from cliprelay.tenants.notices import BudgetNotice

ITEM = {
    "pk": "notices",
    "sk": "tenant#acme#2026-11-27#80",
    "tenant": "acme",
    "span": "day",
    "period": "2026-11-27",
    "percent": 80,
    "limit": 20_000_000,
    "used": 16_100_000,
    "reached_at": "2026-11-27T10:20:34Z",
}
OF_A_KEY = ITEM | {"key_name": "shop", "span": "month", "period": "2026-11"}


def test_the_event_has_the_names_of_a_refusal() -> None:
    assert BudgetNotice.from_item(ITEM).data() == {
        "object": "budget",
        "budget": "tenant:day",
        "period": "2026-11-27",
        "percent": 80,
        "limit_usd": "20.0000",
        "used_usd": "16.1000",
        "reached_at": "2026-11-27T10:20:34Z",
        "resets_at": "2026-11-28T00:00:00Z",
    }


def test_a_keys_budget_is_named_after_the_key() -> None:
    data = BudgetNotice.from_item(OF_A_KEY).data()
    assert (data["budget"], data["resets_at"]) == ("key:shop:month", "2026-12-01T00:00:00Z")


@pytest.mark.parametrize("other", [{"percent": 100}, {"period": "2026-11-28"}, {"tenant": "b"}, {"key_name": "shop"}])
def test_an_event_has_one_id_and_no_other_has_it(other: dict[str, object]) -> None:
    first, again = BudgetNotice.from_item(ITEM), BudgetNotice.from_item(dict(ITEM))
    assert first.event_id == again.event_id
    assert first.event_id != BudgetNotice.from_item(ITEM | other).event_id
    assert first.event_id.startswith("evt_01M8")


def test_the_message_says_who_how_much_and_how_to_raise_the_limit() -> None:
    subject, lines = BudgetNotice.from_item(OF_A_KEY).message()
    assert subject == "ClipRelay: tenant acme has used 80 % of a budget"
    text = "\n".join(lines)
    assert "The key shop of tenant acme has used 16.1000 of the 20.0000 USD that it may spend in the month 2026-11." in text
    assert "until 2026-12-01T00:00:00Z" in text
    assert text.endswith("  python -m operate budgets set --tenant acme --key-name shop --month USD")


def test_the_subject_of_a_message_fits_into_sns_for_the_longest_tenant() -> None:
    subject, _ = BudgetNotice.from_item(ITEM | {"tenant": "a" * 40, "percent": 100}).message()
    assert len(subject) <= 100
