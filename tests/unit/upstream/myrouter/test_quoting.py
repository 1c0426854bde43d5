"""What is quoted from the upstream is short and harmless, and never contains our key."""

import base64
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.upstream.contract import Task
from cliprelay.upstream.myrouter.answers import read_failed_poll, read_refusal, read_task
from cliprelay.upstream.myrouter.quoting import QUOTED, quoting, without_key

KEYS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=16, max_size=64).filter(
    lambda text: any(char.isdigit() for char in text)
)
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["<b>", "<script>alert(1)</script>", "https://evil.example/x?y=1", "data:image/png;base64,iVBORw0KGgo", "\r\n", "\x1b[31m"]
    ),
    st.builds("https://{}".format, st.text(max_size=20)),
    KEYS,
)


WORDS = ("FAILED", "CANCELED", "EXPIRED")


def _refused(code: str, message: str, key: str = "") -> str:
    return read_refusal(400, {"code": 400, "reason": code, "message": message}, key=key).message


def _shown(reason: str, key: str = "") -> list[str]:
    tasks: list[Task | None] = [read_task({"task": {"status": word, "reason": reason}}, key=key) for word in WORDS]
    tasks.append(read_failed_poll({"reason": "TASK_FAILED", "message": reason}, key=key))
    messages = [task.error_message or "" for task in tasks if task]
    assert len(messages) == len(WORDS) + 1
    return [*messages, _refused("INVALID_REQUEST_BODY", reason, key), _refused("ILLEGAL_PROMPT", reason, key), _refused(reason, "", key)]


@given(reason=st.lists(HOSTILE, max_size=6).map(" ".join))
def test_a_quoted_reason_contains_no_address_markup_or_unprintable_character(reason: str) -> None:
    for message in _shown(reason):
        assert "://" not in message
        assert not set(message) & set('<>&"`\\\r\n\t\x1b')
        assert message.isascii()
        assert message.isprintable()
        assert len(message) <= 300


@given(before=st.text("abc ", max_size=20), key=KEYS, after=st.text("abc ", max_size=20))
def test_a_quoted_reason_contains_nothing_that_looks_like_a_key(before: str, key: str, after: str) -> None:
    for message in _shown(f"{before} {key} {after}"):
        assert not [word for word in re.split(r"[ ()]", message) if key in word]


@given(padding=st.integers(480, 499))
def test_a_key_at_the_truncation_point_is_removed_entirely(padding: int) -> None:
    key = "k3" * 16
    # These words are themselves removed, so that only the end of the text is shown.
    message = ("x1" * 40 + " ") * 10
    shown = _refused("INVALID_REQUEST_BODY", message[:padding] + " " + key)
    assert key[:8] not in shown


def test_a_quoted_reason_contains_no_address_without_a_scheme() -> None:
    assert "www.evil.example" not in _refused("INVALID_REQUEST_BODY", "see www.evil.example/pay")


def test_a_sentence_stands_alone_if_nothing_of_the_reason_is_left() -> None:
    assert quoting("it failed", "https://evil.example", "") == "it failed"


def test_at_most_200_characters_are_quoted() -> None:
    text = "letter " * 100
    assert quoting("it failed", text, "") == f"it failed ({text[:200]})"
    assert text[199] != " "


@pytest.mark.parametrize(("length", "is_shown"), [(QUOTED, True), (QUOTED + 1, False)])
def test_a_text_is_considered_up_to_its_limit_and_then_without_the_word_that_is_cut(length: int, is_shown: bool) -> None:
    removed = "https://x " * (QUOTED // 10)
    text = removed[: length - 6] + " shown"
    assert ("shown" in quoting("it failed", text, "")) is is_shown


@pytest.mark.parametrize(("word", "is_shown"), [("a" * 80, True), ("a" * 81, False), ("a1" * 8, False), ("a1" * 7 + "b", True)])
def test_a_word_is_shown_unless_it_may_be_a_token(word: str, is_shown: bool) -> None:
    assert (word in quoting("it failed", word, "")) is is_shown


@pytest.mark.parametrize(
    ("word", "is_shown"),
    [
        ("evil.example/x", False),
        ("(evil.example)", False),
        ("x:evil.example", False),
        ("9evil.example", False),
        ("InvalidParameter.Duration", True),
        ("WWW.X", False),
        ("a//b", False),
    ],
)
def test_a_code_with_a_dot_is_no_address(word: str, is_shown: bool) -> None:
    assert (word in quoting("it failed", word, "")) is is_shown


# The key


KEYS_OF_EVERY_KIND = ["k", "sk-1", "abc", "a.b", "hunter2", "sk_live-correct.horse", "only/letters+and=signs", "UPPERCASEONLY"]


def _forms(key: str) -> list[str]:
    percent = "".join(f"%{byte:02X}" for byte in key.encode())
    return [key, key.upper(), key.lower(), f"'{key}'", f"Bearer {key}", f"x{key}y", quote(key, safe=""), percent, key.encode().hex()]


@pytest.mark.parametrize("key", KEYS_OF_EVERY_KIND)
def test_the_key_is_blanked_whatever_its_length_and_case(key: str) -> None:
    for form in _forms(key):
        for message in _shown(f"5 8 {form} 9", key):
            quoted = message.partition("(")[2].lower()
            assert form.lower() not in quoted
            assert key.lower() not in quoted


@pytest.mark.parametrize("key", ["hunter2", "sk_live-correct.horse"])
@pytest.mark.parametrize("between", ['"', " ", "' '", "<b>", "\u200b", "-"])
def test_the_key_is_blanked_where_it_is_interrupted(key: str, between: str) -> None:
    split = between.join((key[:3], key[3:]))
    bare = re.sub(r"[^a-z0-9]", "", key)
    for message in _shown(f"no {split} now", key):
        assert bare not in re.sub(r"[^a-z0-9]", "", message.lower()) or between == "<b>"
        assert key not in message


def _own_digits(key: str, before: int, coded: str) -> str:
    """Return the digits of base64 that come from the key alone, whatever stands around it."""
    others = (base64.b64encode(fill * before + key.encode() + fill * 3).decode() for fill in (b"\0", b"\xff"))
    same = [one == other != "=" for one, other in zip(*others, strict=True)]
    return coded[same.index(True) : len(same) - same[::-1].index(True)]


@pytest.mark.parametrize("key", ["hunter2!", "sk_live-correct.horse", "??>>~~??>>~~", "abcde"])
@pytest.mark.parametrize("before", ["", "a", "ab", "user:"])
def test_the_key_is_blanked_in_base64_wherever_it_stands(key: str, before: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        coded = encode(f"{before}{key}:ab".encode()).decode()
        own = _own_digits(key, len(before), coded)
        assert len(own) >= 5
        assert without_key(coded, key) == coded.replace(own, " ")


def test_so_few_digits_of_base64_that_they_may_be_a_word_are_kept() -> None:
    assert without_key(base64.b64encode(b"abc").decode(), "abc") == "YWJj"
    assert without_key(base64.b64encode(b"abcd").decode(), "abcd") == "YWJjZA=="


def test_what_stands_around_one_key_does_not_become_another() -> None:
    assert without_key("hun-hunter2-ter2", "hunter2").strip() == ""
    assert "abc" not in without_key("ababcc and aabcbc", "abc")


def test_words_are_shown_as_they_are_without_a_key() -> None:
    assert without_key("a text", "") == "a text"


def test_the_words_around_a_key_are_kept() -> None:
    assert quoting("it failed", "the key sk-1 is wrong", "sk-1") == "it failed (the key is wrong)"


def test_letters_of_a_short_key_are_kept_where_they_follow_by_chance() -> None:
    assert quoting("it failed", "tap e", "tape") == "it failed (tap e)"


def test_a_key_at_the_end_of_a_very_long_text_is_blanked_before_the_text_is_cut() -> None:
    shown = quoting("it failed", "https://x " * 199 + "secret word", "secret word")
    assert "secret" not in shown
