"""The excerpt of a prompt: readable in every script, and without anything that a mail program makes a link of."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.notifications.excerpt import EXCERPT, excerpt

CHINESE = (
    "Seedance 一个穿红色外套的女孩站在海边的灯塔下，海浪拍打着礁石，海鸥在空中盘旋，镜头缓慢推进，夕阳的余晖洒在她的脸上，"  # noqa: RUF001 - Chinese punctuation
    "她微笑着回头看向镜头，头发随风飘动，画面温暖而宁静，电影质感，浅景深。"  # noqa: RUF001
)
PERSIAN = "کتاب\u200cها روی میز می\u200cدرخشند و باد می\u200cوزد"  # noqa: RUF001


def test_a_text_without_spaces_near_the_end_is_cut_between_characters() -> None:
    assert excerpt(CHINESE) == CHINESE[:EXCERPT] + " ..."


@pytest.mark.parametrize(("length", "shown"), [(59, 80), (60, 80), (61, 61), (79, 79), (80, 80)])
def test_a_cut_is_at_a_space_only_if_it_is_among_the_last_twenty_characters(length: int, shown: int) -> None:
    assert excerpt("x" * length + " " + "y" * 100).removesuffix(" ...") == ("x" * length + " " + "y" * 100)[:shown]


@pytest.mark.parametrize("text", [PERSIAN, "क्\u200dष", "👨\u200d👩\u200d👧 walk", "می\u200cرود"])
def test_joiners_that_shape_words_are_kept(text: str) -> None:
    assert excerpt(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200cb", "ab"),
        ("\u200dword\u200c", "word"),
        ("so\u00adft", "soft"),
        ("no\u200bspace", "nospace"),
        ("left\u202eright", "leftright"),
        ("\u2066isolated\u2069", "isolated"),
        ("tag\U000e0041ged", "tagged"),
        ("two\nlines\tand more", "two lines and more"),
        ("<b>bold</b>", "b bold /b"),
    ],
)
def test_invisible_characters_are_removed_and_controls_become_blanks(text: str, shown: str) -> None:
    assert excerpt(text) == shown


@pytest.mark.parametrize("cluster", ["e\u0301", "👍🏽", "👨\u200d👩\u200d👧", "🇩🇪", "❤\ufe0f"])
def test_a_cut_leaves_a_character_of_several_parts_whole(cluster: str) -> None:
    for length in range(EXCERPT - len(cluster) + 1, EXCERPT):
        shown = excerpt("海" * length + cluster + "海" * 40).removesuffix(" ...")
        assert shown == "海" * length, (length, shown)


LINKS = [
    "https://evil.example.com",
    "www.evil.example",
    "mailto:pay@evil.example",
    "pay@evil.example.com",
    "evil.example.com/path",
    "evil.example.com:8443",
    "evil.example.com?pay=1",
    "evil.example/",
    "10.0.0.1/evil",
    "xn--80ak6aa92e.com/evil",
    "例子.测试/evil",
    "пример.рф/evil",
    "javascript:evil()",
    "tel:+15550100",
    "user:pw@evil.example",
    "éhttps://evil.example/pay",
    "evil\u200b.example/pay",
    "ht\u200dtps://evil.example",
    "evil\u3002example/pay",
]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("around", ["{}", "({})", "“{}”", "click:{}", "_{}"])
def test_a_word_that_is_a_link_is_removed(link: str, around: str) -> None:
    assert excerpt(f"See {around.format(link)} now") == "See now"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("evil.example.com", "evil[.]example[.]com"),
        ("Evil.Example.COM,", "Evil[.]Example[.]COM,"),
        ("(evil.example)", "(evil[.]example)"),
        ("_evil.com", "_evil[.]com"),
        ("пример.рф", "пример[.]рф"),
        ("例子.中国", "例子[.]中国"),
        ("xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd[.]xn--p1ai"),
        ("ev\u00adil.com", "evil[.]com"),
        ("evil.c\u200com", "evil[.]com"),
        ("evil\uff0ecom", "evil[.]com"),
        ("10.20.30.40", "10[.]20[.]30[.]40"),
        ("logo.png", "logo[.]png"),
        ("end.The", "end[.]The"),
    ],
)
def test_a_name_that_may_be_a_host_is_readable_and_no_link(name: str, shown: str) -> None:
    assert excerpt(f"See {name} now") == f"See {shown} now"


@pytest.mark.parametrize(
    "text",
    [
        "3.5 mm at f/2.8",
        "e.g. this, i.e. that",
        "10.30 a.m.",
        "U.S.A.",
        "wait... what",
        "No. 5",
        "16:9",
        "style:noir",
        "@maker #art",
        "a/b test",
    ],
)
def test_ordinary_dots_and_colons_stay(text: str) -> None:
    assert excerpt(text) == text


def test_a_link_in_a_text_without_spaces_hides_its_clause_only() -> None:
    assert excerpt("海边的灯塔，看https://evil.example，镜头推进") == "海边的灯塔，镜头推进"  # noqa: RUF001 - Chinese punctuation


@given(
    prompt=st.lists(st.sampled_from([*LINKS, "word", "海", "\u200c", "\u202e", "e\u0301", "\n", "<", "."])).map("".join)
    | st.text(max_size=200)
)
def test_any_excerpt_is_short_visible_and_without_links(prompt: str) -> None:
    shown = excerpt(prompt)
    assert len(shown) <= EXCERPT + len(" ...")
    assert not any(unicodedata.category(char) in ("Cc", "Cs") or char in "<>\u202e\u200b" for char in shown)
    assert "//" not in shown
    assert "evil.example" not in shown
    json.dumps(shown).encode()


def test_a_long_prompt_costs_little() -> None:
    for part in ("a.", "a@", "1.", "a-", "/", "海", "\u200c", "http://x "):
        assert len(excerpt(part * 4_000)) <= EXCERPT + len(" ...")
