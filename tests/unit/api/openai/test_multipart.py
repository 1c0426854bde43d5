"""Forms are read exactly, whatever library wrote them, and never before they are bounded."""

import pytest

from cliprelay.api.openai.multipart import MOST_PARTS, Part, parts_of
from cliprelay.errors import Refusal

TYPE = "multipart/form-data; boundary=b0undary"


def body(*parts: bytes) -> bytes:
    return b"".join(b"--b0undary\r\n" + part + b"\r\n" for part in parts) + b"--b0undary--\r\n"


def part(head: bytes, data: bytes = b"x") -> bytes:
    return b"Content-Disposition: form-data; " + head + b"\r\n\r\n" + data


def test_fields_and_files_come_in_their_order_with_every_byte() -> None:
    picture = bytes(range(256)) + b"\r\n--b0undar\r\n\r\n\n"
    said = parts_of(body(part(b'name="a"', b"8"), part(b'name="f"; filename="upload"\r\nContent-Type: image/png', picture)), TYPE)
    assert said == [Part("a", b"8", False), Part("f", picture, True)]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'name="a"', Part("a", b"x", False)),
        (b"name=a", Part("a", b"x", False)),
        (b'filename="C:\\\\my \\"pictures\\".png"; name="a"', Part("a", b"x", True)),
        (b"name=\"a\"; filename*=UTF-8''a%20b.png", Part("a", b"x", True)),
        (b'name="metadata[%22order%22]"', Part('metadata["order"]', b"x", False)),
        (b'name="metadata[100%25]"', Part("metadata[100%25]", b"x", False)),
        (b'name="metadata[\\"order\\"]"', Part('metadata["order"]', b"x", False)),
        ('name="metadata[größe]"'.encode(), Part("metadata[größe]", b"x", False)),
        (b'name="a"\r\ncontent-transfer-encoding: binary', Part("a", b"x", False)),
    ],
)
def test_a_name_is_read_in_every_spelling(head: bytes, expected: Part) -> None:
    assert parts_of(body(part(head)), TYPE) == [expected]


@pytest.mark.parametrize(
    "content_type", ['multipart/form-data; boundary="b0undary"', "multipart/form-data;charset=utf-8; BOUNDARY=b0undary; x=y"]
)
def test_a_boundary_is_read_in_every_spelling(content_type: str) -> None:
    assert len(parts_of(body(part(b'name="a"')), content_type)) == 1


def test_text_around_the_parts_and_empty_values_are_taken() -> None:
    text = b"preamble\r\n" + body(part(b'name="a"', b"")).replace(b"--b0undary\r\n", b"--b0undary \t\r\n", 1) + b"epilogue"
    assert parts_of(text, TYPE) == [Part("a", b"", False)]
    assert parts_of(b"--b0undary--\r\n", TYPE) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "does not contain the boundary"),
        (b"{}", "does not contain the boundary"),
        (body(part(b'name="a"'))[:-14], "ends in the middle"),
        (body(b"Content-Disposition: attachment; name=a\r\n\r\nx"), "no name"),
        (body(part(b'filename="a"')), "no name"),
        (body(b'Content-Disposition: form-data; name="a"'), "headers of a part"),
        (body(part(b'name="a"\r\nX: ' + b"x" * 9_000)), "headers of a part"),
        (body(part(b'name="a"\r\nContent-Transfer-Encoding: base64')), "Content-Transfer-Encoding"),
    ],
)
def test_a_body_that_is_no_form_is_refused_with_the_reason(text: bytes, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        parts_of(text, TYPE)
    assert (refused.value.code, why in refused.value.detail) == ("malformed_json", True)


def test_a_boundary_that_no_header_can_have_matches_nothing() -> None:
    with pytest.raises(Refusal, match="malformed_json"):
        parts_of(body(part(b'name="a"')), "multipart/form-data; boundary=\u2028b")


def test_a_type_without_a_boundary_is_refused() -> None:
    with pytest.raises(Refusal, match="malformed_json"):
        parts_of(body(part(b'name="a"')), "multipart/form-data")


@pytest.mark.parametrize(("count", "is_taken"), [(MOST_PARTS, True), (MOST_PARTS + 1, False), (100_000, False)])
def test_the_number_of_parts_is_bounded(count: int, is_taken: bool) -> None:
    text = body(*(part(b'name="metadata[%d]"' % number) for number in range(count)))
    if is_taken:
        assert len(parts_of(text, TYPE)) == count
        return
    with pytest.raises(Refusal) as refused:
        parts_of(text, TYPE)
    assert refused.value.complaints == [{"field": "body", "message": "has more than 64 parts"}]
