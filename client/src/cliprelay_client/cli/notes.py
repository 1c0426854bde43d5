"""What a batch notes on disk, to save requests when it goes on."""

import contextlib
import json
from decimal import Decimal
from pathlib import Path


class Known:
    """Which key became which video, so that going on needs no second POST; losing this file costs nothing but time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.ids: dict[str, tuple[str, Decimal]] = {}
        for line in path.read_text().splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
                self.ids[row["key"]] = (row["id"], Decimal(row["usd"]))
            except (ValueError, KeyError, TypeError, ArithmeticError):
                continue  # a torn line: its order is sent again under the same key

    def add(self, key: str, video_id: str, price: Decimal) -> None:
        """Note an order; one that cannot be noted, such as on a full disk, is sent again next time, under the same key."""
        self.ids[key] = (video_id, price)
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.open("a") as file:
                file.write(f"\n{json.dumps({'key': key, 'id': video_id, 'usd': str(price)})}\n")
