"""Words that DynamoDB does not accept as names of attributes in an expression."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def reserved_words() -> frozenset[str]:
    """Return them from moto's list, in capitals; moto is not imported, which takes a second."""
    found = find_spec("moto")
    if found is None or found.origin is None:
        raise ImportError("moto, whose list of reserved words is needed, is not installed")
    words = Path(found.origin).parent / "dynamodb" / "parsing" / "reserved_keywords.txt"
    return frozenset(words.read_text().upper().split())
