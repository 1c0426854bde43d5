"""A text is blank if nobody can see anything of it."""

import re
import sys
import unicodedata

import pytest

from cliprelay.orders.visible_text import SEEN, is_blank
from tests.support.makers import any_body, read_order

INVISIBLE = {
    "zero width space": "\u200b",
    "zero width non-joiner": "\u200c",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "Mongolian vowel separator": "\u180e",
    "combining grapheme joiner": "\u034f",
    "right-to-left override": "\u202e",
    "left-to-right isolate": "\u2066",
    "Arabic letter mark": "\u061c",
    "invisible times": "\u2062",
    "variation selector 16": "\ufe0f",
    "variation selector 17": "\U000e0100",
    "tags": "\U000e0001\U000e0041\U000e007f",
    "Hangul fillers": "\u115f\u1160\u3164\uffa0",
    "braille without dots": "\u2800",
    "Khmer inherent vowels": "\u17b4\u17b5",
    "interlinear annotation": "\ufff9\ufffa\ufffb",
    "musical beam": "\U0001d173",
    "shorthand overlap": "\U0001bca0",
    "controls": "\0\x1b\x7f\x85\x9f",
    "line separators": "\u2028\u2029",
}
VISIBLE = ["x", "海", "ن\u200cن", "🌊", "👨\u200d👩", ".", "\u2801", "\u0301", "\u0600", "\u200f\u0645", "\ufffd", "\u00a0-"]


@pytest.mark.parametrize("name", INVISIBLE)
def test_invisible_characters_make_a_blank_text(name: str) -> None:
    assert is_blank(INVISIBLE[name])
    assert is_blank(f" {INVISIBLE[name]}\n{INVISIBLE[name]}")
    assert not is_blank(f"{INVISIBLE[name]}x")


@pytest.mark.parametrize("text", VISIBLE)
def test_one_visible_character_suffices(text: str) -> None:
    assert not is_blank(text)


def test_letters_digits_and_punctuation_are_visible() -> None:
    fillers = "".join(INVISIBLE.values())
    everyone = (chr(point) for point in range(sys.maxunicode + 1))
    assert [char for char in everyone if unicodedata.category(char)[0] in "LNP" and char not in fillers and is_blank(char)] == []


def test_the_documented_pattern_refuses_only_what_is_blank() -> None:
    points = (chr(point) for point in range(0x10000) if not 0xD800 <= point < 0xE000)
    assert [char for char in points if bool(re.search(SEEN, char)) is is_blank(char)] == []


@pytest.mark.parametrize("name", INVISIBLE)
def test_an_invisible_prompt_is_refused_like_an_empty_one(name: str) -> None:
    from cliprelay.errors import Refusal

    with pytest.raises(Refusal) as caught:
        read_order(any_body(prompt=INVISIBLE[name] * 3))
    assert [(complaint["field"], complaint["message"]) for complaint in caught.value.complaints] == [
        ("prompt", "must not be blank: it has no visible character")
    ]
