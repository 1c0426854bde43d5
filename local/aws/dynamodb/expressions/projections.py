"""ProjectionExpression: the attributes of an answer."""

from functools import lru_cache

from local.aws.dynamodb.expressions.conditions import MOST_TEXTS
from local.aws.dynamodb.expressions.reader import Parsed, Reader


@lru_cache(MOST_TEXTS)
def projection(text: str) -> Parsed:
    """Parse names that commas separate; raises Invalid."""
    reader = Reader(text)
    reader.path()
    while reader.here == ",":
        reader.take()
        reader.path()
    reader.end()
    return reader.parsed
