"""The report shows every check with its evidence, and nothing that names an account."""

import pytest

from tests.cloud_check.registry import Check, Need, Stage
from tests.cloud_check.report import markdown, redact
from tests.cloud_check.run import Outcome, Run
from tests.cloud_check.target import Target
from tests.cloud_check.upstream.ledger import Ledger

ACCOUNT = "123456789012"


def any_run() -> Run:
    target = Target(
        "AWS in eu-west-1", "s", lambda _: None, (), "", Ledger(None), "the-key-of-the-upstream", private=["the-key-of-the-upstream"]
    )
    return Run(target, secrets=["clr_a-key-of-a-tenant"])


def outcome(name: str, result: str, said: str, stage: Stage = Stage.PROMISES) -> Outcome:
    return Outcome(Check(name, stage, (Need.ROLES,), lambda run: ""), result, said, 12.4)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:a", "arn:aws:states:eu-west-1:…:stateMachine:a"),
        ("https://abc123.execute-api.eu-west-1.amazonaws.com/v1", "https://….execute-api.eu-west-1.amazonaws.com/v1"),
        ("https://check-videobucket-1x.s3.amazonaws.com/a?b", "https://….s3.amazonaws.com/a?b"),
        ("https://check-videobucket-1x.s3.eu-west-1.amazonaws.com/", "https://….s3.eu-west-1.amazonaws.com/"),
        ("Bearer clr_a-key-of-a-tenant", "Bearer …"),
        ("1234567890123 bytes and 12345678901", "1234567890123 bytes and 12345678901"),
    ],
)
def test_account_host_and_key_are_redacted_and_other_numbers_stay(text: str, shown: str) -> None:
    assert redact(text, ["clr_a-key-of-a-tenant", "key", ""]) == shown


def test_a_longer_secret_that_contains_another_is_redacted_whole() -> None:
    assert redact("clr_abcdef-and-more", ["clr_abcdef", "clr_abcdef-and-more"]) == "…"


def test_the_report_has_a_row_for_each_check_and_its_skipped_ones_with_their_reasons() -> None:
    found = [
        outcome("Paid once", "passed", f"1 payment | in {ACCOUNT}\nfor the-key-of-the-upstream"),
        outcome("Kept", "failed", "gone"),
        outcome("Denied", "skipped", "no roles here", Stage.DRILLS),
    ]
    text = markdown(any_run(), found, seconds=90, notes=["Teardown: nothing is left."])
    assert "against AWS in eu-west-1: 1 passed, 1 failed, 1 skipped, 1.5 minutes." in text
    assert "| Paid once | passed | 1 payment \\| in … for … | 12 |" in text
    assert "| Kept | **FAILED** | gone | 12 |" in text
    assert "| Denied | no roles here |" in text.partition("## Skipped")[2]
    assert "## Drills" not in text
    assert "- Teardown: nothing is left." in text
    assert ACCOUNT not in text
