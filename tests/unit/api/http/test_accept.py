"""The weights of an Accept header."""

import pytest

from cliprelay.api.http.accept import weights_of


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", {}),
        ("text/html", {"text/html": 1.0}),
        ("Text/HTML, */*;q=0.8", {"text/html": 1.0, "*/*": 0.8}),
        ("text/csv; charset=utf-8; Q=0.5 , application/json", {"text/csv": 0.5, "application/json": 1.0}),
        ("text/html;q=much", {"text/html": 0.0}),
    ],
)
def test_each_media_range_has_its_weight(accept: str, expected: dict[str, float]) -> None:
    assert weights_of(accept) == expected
