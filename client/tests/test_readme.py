"""The lines of the README work as they stand there."""

import re
from pathlib import Path

from client.tests.fake_server import FILM, PNG, FakeServer

README = (Path(__file__).parents[1] / "README.md").read_text()
(LINES,) = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_five_pictures_become_five_videos_in_eight_lines_and_are_paid_once(at_server: FakeServer, tmp_path: Path) -> None:
    assert len(LINES.splitlines()) <= 8
    (tmp_path / "pictures").mkdir()
    for number in range(5):
        (tmp_path / f"pictures/{number} \N{WATER WAVE}.png").write_bytes(PNG + bytes([number]))
    ids = []
    for _ in range(2):
        names: dict[str, object] = {}
        exec(LINES, names)  # noqa: S102 - our own README
        ids.append([video.id for video in names["videos"]])  # type: ignore[attr-defined]
    assert ids[0] == ids[1]
    assert at_server.paid == len(set(ids[0])) == 5
    assert [path.read_bytes() for path in sorted((tmp_path / "pictures").glob("*.mp4"))] == [FILM] * 5
