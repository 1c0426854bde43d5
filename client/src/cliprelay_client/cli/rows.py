"""The rows of a batch: a JSONL file, a CSV file, or a folder of pictures."""

import csv
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliprelay_client.api.errors import UsageError
from cliprelay_client.api.orders import Order, content_key, order_of

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
_WHOLE_NUMBERS = ("duration", "seed", "fps", "expires_in", "execution_expires_after")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_FLAGS = ("generate_audio", "camera_fixed", "watermark")


@dataclass(frozen=True)
class Row:
    """One order of a batch; the picture is read again when it is sent, so that memory holds few of them."""

    name: str
    fields: Mapping[str, Any]
    key: str
    fingerprint: str

    def order(self) -> Order:
        """Read the order, and refuse it if its picture has changed since the price was said."""
        order = _order(self.fields)
        if order.fingerprint() != self.fingerprint:
            raise UsageError(f"{self.fields.get('image')} was changed while the batch ran.")
        return order


def rows_of(source: Path, defaults: Mapping[str, Any], variation: str = "") -> list[Row]:
    """Read a batch; raise UsageError with all complaints at once."""
    found, complaints, seen, names = list[Row](), list[str](), Counter[str](), Counter[str]()
    for place, given in _read(source, defaults):
        try:
            fields = {**defaults, **given}
            order = _order({name: value for name, value in fields.items() if name != "name"})
        except UsageError as error:
            complaints.append(f"{place}: {error}")
            continue
        fingerprint = order.fingerprint()
        # Not the number of the row, because a row inserted above must not order all others again.
        key = content_key(order, "batch", source.name, str(seen[fingerprint]), variation)
        seen[fingerprint] += 1
        name = _name(fields, place)
        names[name.casefold()] += 1
        unique = name if names[name.casefold()] == 1 else f"{name}-{names[name.casefold()]}"
        found.append(Row(unique, {each: value for each, value in fields.items() if each != "name"}, key, fingerprint))
    if complaints:
        more = f" And {len(complaints) - 5} more." if len(complaints) > 5 else ""
        raise UsageError(f"Nothing was ordered. {' '.join(complaints[:5])}{more}")
    if not found:
        raise UsageError(f"{source} has no rows.")
    return found


def _order(fields: Mapping[str, Any]) -> Order:
    rest = {name: value for name, value in fields.items() if name not in ("image", "prompt")}
    prompt = fields.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise UsageError("There is no prompt.")
    return order_of(fields.get("image"), prompt, rest)


def _name(fields: Mapping[str, Any], place: str) -> str:
    name = str(fields.get("name") or Path(str(fields.get("image") or place)).stem)
    safe = "".join("_" if each in "/\\\0" or not each.isprintable() else each for each in name).strip(". ")
    return safe.encode()[:180].decode(errors="ignore") or "video"


def _read(source: Path, defaults: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        if source.is_dir():
            yield from _folder(source, defaults)
        elif source.suffix.lower() == ".csv":
            yield from _csv(source)
        else:
            yield from _jsonl(source)
    except FileNotFoundError:
        raise UsageError(f"There is no file {source}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{source} is not a text file in UTF-8; a batch is a .jsonl or .csv file, or a folder of pictures.") from None
    except csv.Error as error:
        raise UsageError(f"{source} is not a CSV file: {error}.") from None


def _folder(source: Path, defaults: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Take each picture, with the prompt of the text file of its name or the common one."""
    for path in sorted(each for each in source.iterdir() if each.suffix.lower() in PICTURES and not each.name.startswith(".")):
        text = path.with_suffix(".txt")
        prompt = text.read_text(encoding="utf-8-sig").strip() if text.is_file() else defaults.get("prompt")
        if not prompt:
            raise UsageError(f"{path.name} has no prompt: give one for all with --prompt, or write {text.name}.")
        yield path.name, {"image": str(path), "prompt": prompt}


def _jsonl(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(source.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise UsageError(f"Line {number} of {source} is not JSON.") from None
        if not isinstance(row, dict):
            raise UsageError(f"Line {number} of {source} is not a JSON object.")
        yield f"line {number}", _placed(source, row)


def _csv(source: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with source.open(encoding="utf-8-sig", newline="") as file:
        for number, cells in enumerate(csv.DictReader(file), start=2):
            if None in cells:
                raise UsageError(f"Line {number} of {source} has more cells than the header; put a prompt with commas in quotes.")
            yield f"line {number}", _placed(source, _typed(cells, f"Line {number} of {source}"))


def _typed(cells: Mapping[str, str | None], place: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, text in cells.items():
        if text is None or not text.strip():
            continue
        if name.startswith("metadata."):
            row.setdefault("metadata", {})[name.removeprefix("metadata.")] = text
        elif name in _WHOLE_NUMBERS:
            row[name] = int(text) if text.strip().lstrip("-").isdigit() else _bad(place, name, "a whole number")
        elif name in _FLAGS:
            row[name] = _TRUTH.get(text.strip().lower()) if text.strip().lower() in _TRUTH else _bad(place, name, "true or false")
        else:
            row[name] = text
    return row


def _bad(place: str, name: str, what: str) -> Any:
    raise UsageError(f"{place}: {name} must be {what}.")


def _placed(source: Path, row: dict[str, Any]) -> dict[str, Any]:
    """Take pictures from the folder of the file."""
    for name in ("image", "last_image"):
        value = row.get(name)
        if isinstance(value, str) and value and "://" not in value and not value.startswith(("data:", "upload_")):
            row[name] = os.path.join(source.parent, value)
        elif value is not None and not isinstance(value, str):
            raise UsageError(f"{name} must be a path or an address, not {value!r}.")
    return row
