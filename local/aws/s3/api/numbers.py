"""Numbers in a query."""

from collections.abc import Mapping

from local.aws.s3.errors import bad_request

# S3 reads them as signed 32-bit integers.
_MOST = 2_147_483_647


def number(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a number of at least 0; raise S3Error."""
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and int(text) <= _MOST):
        message = f"Provided {name} not an integer or within integer range"
        raise bad_request("InvalidArgument", message, ArgumentName=name, ArgumentValue=text)
    return int(text)
