"""Texts without any visible character, which are blank to everybody but a program."""

import re

# White space of Unicode and of the regular expressions of Python and ECMA-262; then all that Unicode lets programs ignore
# (Default_Ignorable_Code_Point: joiners, bidi controls, soft hyphens, Hangul fillers, variation selectors), annotation
# marks and the braille pattern without dots.
_UNSEEN = (
    r"\s\u0000-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
# For JSON Schema: characters beyond U+FFFF have no portable spelling there, and count as visible.
SEEN = f"[^{_UNSEEN}]"
# Formats of shorthand and musical texts, tags, and more variation selectors.
_VISIBLE = re.compile(f"[^{_UNSEEN}\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")


def is_blank(text: str) -> bool:
    """Return whether a text has no visible character."""
    return _VISIBLE.search(text) is None
