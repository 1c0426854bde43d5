"""Bodies of multipart/form-data (RFC 7578), bounded before anything is read."""

import re
from typing import NamedTuple

from cliprelay.errors import Refusal

# An order has some twenty fields; a Buffer that a client spreads has one for each of its bytes.
MOST_PARTS = 64
# Of one part's headers, with the file name, which may be a whole path.
_MOST_HEADERS = 8_192

_BOUNDARY = re.compile(r";\s*boundary=(?:\"([^\"]{1,70})\"|([^\s;\"]{1,70}))", re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition:[ \t]*form-data[ \t]*(;.*)$", re.IGNORECASE | re.MULTILINE)
# The file name is only looked for: it may be a path of the client's machine, and is neither kept nor logged.
_NAME = re.compile(rb";\s*name=(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;\"]+))", re.IGNORECASE)
_FILE = re.compile(rb";\s*filename\*?=", re.IGNORECASE)
_ENCODED = re.compile(rb"^content-transfer-encoding:[ \t]*(?!binary|8bit|7bit|[ \t])", re.IGNORECASE | re.MULTILINE)
TO_FILE = (
    'a file arrived as its bytes, one by one: in Node.js, pass `await toFile(buffer, "a.png")` or `fs.createReadStream("a.png")`, '
    'in Python `open("a.png", "rb")`'
)


class Part(NamedTuple):
    """One field of a form, or one file."""

    name: str
    data: bytes
    is_file: bool


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """Return the parts of a body, in their order; raises Refusal for a body that is none, or has too many parts."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise _malformed("its Content-Type names no boundary")
    mark = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    # The first mark may stand at the beginning, without a line break before it.
    pieces = (b"\r\n" + body).split(b"\r\n" + mark, MOST_PARTS + 2)
    _check_ends(pieces)
    return [_part(piece) for piece in pieces[1:-1]]


def _check_ends(pieces: list[bytes]) -> None:
    if len(pieces) == 1:
        raise _malformed("it does not contain the boundary that its Content-Type names")
    if len(pieces) > MOST_PARTS + 2:
        is_spread = b'name="input_reference[' in pieces[MOST_PARTS]
        raise Refusal(
            "invalid_request",
            f"A form may have {MOST_PARTS} parts; nothing was ordered.",
            complaints=[{"field": "input_reference", "message": TO_FILE}]
            if is_spread
            else [{"field": "body", "message": f"has more than {MOST_PARTS} parts"}],
        )
    if not pieces[-1].startswith(b"--"):
        raise _malformed("it ends in the middle")


def _part(piece: bytes) -> Part:
    # After the mark stand blanks and a line break; an empty part has no other.
    blanks, _, rest = piece.partition(b"\r\n")
    head, gap, data = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if blanks.strip(b" \t") or not gap or len(head) > _MOST_HEADERS:
        raise _malformed("the headers of a part cannot be read")
    disposition = _DISPOSITION.search(head)
    name = disposition and _NAME.search(disposition[1])
    if disposition is None or name is None:
        raise _malformed("a part has no name")
    if _ENCODED.search(head):
        raise _malformed("a part has a Content-Transfer-Encoding; send its bytes as they are")
    return Part(_text(name[1] if name[1] is not None else name[2]), data, bool(_FILE.search(disposition[1])))


def _text(name: bytes) -> str:
    # Browsers and most libraries write these three in this way and nothing else, some a backslash before a quotation mark.
    plain = re.sub(rb"\\(.)", rb"\1", name).replace(b"%22", b'"').replace(b"%0A", b"\n").replace(b"%0D", b"\r")
    return plain.decode("utf-8", "replace")


def _malformed(why: str) -> Refusal:
    return Refusal("malformed_json", f"The body is no multipart form: {why}.")
