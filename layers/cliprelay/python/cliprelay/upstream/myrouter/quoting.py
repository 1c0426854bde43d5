"""Quote the upstream's words: short, harmless, and never with our key."""

import base64
import html
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

# Only this much of the upstream's text is considered for quoting.
QUOTED = 2_000
# A key this short, without its punctuation, is blanked as it is only: elsewhere its letters may follow each other by chance.
_CHANCE = 4
# A shorter piece of base64 proves nothing.
_SHORTEST_CODED = 6


def quoting(sentence: str, reason: str, key: str) -> str:
    """Append the upstream's reason, without `key`, addresses, markup, control characters or long tokens."""
    said = without_key(reason[: 10 * QUOTED], key)
    whole = said[:QUOTED].rsplit(None, 1)[0] if len(said) > QUOTED else said  # a truncated token would not be recognised
    words = (re.sub(r"[^A-Za-z0-9_.,:;'()/ -]", "", word) for word in whole.split())
    shown = " ".join(word for word in words if word and not _is_address(word) and not _is_token(word))
    shown = without_key(shown, key)[:200].strip(" :")  # what was left out may have stood between two halves of the key
    return f"{sentence} ({shown})" if shown else sentence


def without_key(text: str, key: str) -> str:
    """Blank every occurrence of the key: as it is, in any case, interrupted, or in a usual encoding."""
    if not key:
        return text
    before = None
    while before != text:  # what stood around one occurrence may form another
        before = text
        for form in _forms(key):
            text = re.sub(form, " ", text)
    return text


def _forms(key: str) -> Iterator[str]:
    data = key.encode()
    written = {
        key,
        quote(key, safe=""),
        quote(key),
        quote_plus(key),
        html.escape(key),
        data.hex(),
        "".join(f"%{byte:02x}" for byte in data),
    }
    for form in sorted(written, key=len, reverse=True):
        yield f"(?i:{re.escape(form)})"
    letters = re.sub(r"[^A-Za-z0-9]", "", key)
    if len(letters) > _CHANCE:
        # Quotes, blanks or markup between the letters are removed from what is shown, so the letters would join.
        yield "(?i:" + "[^A-Za-z0-9]*".join(letters) + ")"
    for form in _coded(data):
        yield re.escape(form)


def _coded(data: bytes) -> Iterator[str]:
    """Yield what base64 makes of the bytes at each of the three positions, without the digits shared with neighbours."""
    for before in range(3):
        bits = 8 * (before + len(data))
        coded = base64.b64encode(bytes(before) + data).decode()[-(-8 * before // 6) : bits // 6]
        if len(coded) >= _SHORTEST_CODED:
            yield from {coded, coded.replace("+", "-").replace("/", "_")}


def _is_address(word: str) -> bool:
    # With or without a scheme, because mail programs link both. The vendor's codes contain dots too, but begin in upper case.
    return "//" in word or "www." in word.lower() or bool(re.search(r"(^|[^A-Za-z])[a-z0-9-]+\.[a-z]{2,}", word))


def _is_token(word: str) -> bool:
    # A long word with digits in it may be a key, a trace id or image data.
    return len(word) > 80 or (len(word) >= 16 and any(char.isdigit() for char in word))
