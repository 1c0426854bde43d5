"""Our rows of the table in docs/clients.md; the other clients take a download, and are measured by hand."""

import pytest

from tests.interop.client_compare.minute import Clock, ours, ours_singly
from tests.interop.client_compare.running_server import running_server
from tests.support.paths import ROOT

IDS = [f"vid_{number:026d}" for number in range(100)]


@pytest.mark.parametrize(("wait", "named"), [(ours, "`videos.wait_many(ids)`"), (ours_singly, "`video.wait()`")])
def test_the_page_says_how_often_our_client_asks_in_a_minute(wait: object, named: str) -> None:
    with running_server() as server:
        wait(server.address, IDS, Clock())  # type: ignore[operator]
        asked = server.asked
    assert f"| cliprelay-client | {named} | {asked:,} |" in (ROOT / "docs/clients.md").read_text()
