"""The beginning of a prompt, as inert text for an e-mail: one line, without links, markup and invisible characters."""

import re
import unicodedata

# Enough of a prompt to recognise its video.
EXCERPT = 80
# A long word, or a text without spaces such as Chinese, is cut anywhere instead of losing more than this.
_NEAR_THE_END = 20

# Joiners shape words of Persian and of Indian languages, and emoji; in Latin words they only hide something.
_JOINERS = "\u200c\u200d"
_BLANKS = ("Cc", "Zs", "Zl", "Zp")
_INVISIBLE = ("Cf", "Cs", "Co", "Cn")

# Mail programs turn these into links: a URL, a scheme that opens something, a mailbox, a host before a port, a path or a query.
_LABEL = r"[^\W_](?:[\w\u200c\u200d-]{0,62}[^\W_])?"
_HOST = rf"(?:(?:{_LABEL}\.)+(?:xn--[a-z0-9-]+|(?:(?![\d_])\w){{2,24}})|\d{{1,3}}(?:\.\d{{1,3}}){{3}})"
_SCHEMES = "mailto|tel|sms|callto|facetime|javascript|vbscript|data|file|magnet|news|xmpp|sips?|skype|geo|intent"
_LINK = re.compile(
    rf"//|www\.|(?<![^\W_])(?:{_SCHEMES}):.|[^@]@[^@.]+\.[^@]|(?<![^\W_]){_HOST}\.?(?::\d|[/?#\\])",
    re.IGNORECASE,
)
# Other names with a dot may be hosts or files: they stay readable, but are no links.
_NAME = re.compile(rf"(?<![^\W_]){_HOST}", re.IGNORECASE)
# Browsers take these full stops as dots of a host.
_WIDE_DOT = re.compile(r"(?<=[A-Za-z0-9])[\u3002\uff0e\uff61](?=[A-Za-z0-9])")
# A text without spaces is searched clause by clause, so that a link does not hide all of it.
_CLAUSE = re.compile(r"[^\s\u3000-\u3003\uff01\uff0c\uff1b\uff1f]+[\u3001-\u3003\uff01\uff0c\uff1b\uff1f]*")
_MOST_CLAUSE = 500


def excerpt(prompt: str) -> str:
    """Return the first words of a prompt, at most EXCERPT characters and an ellipsis."""
    words = ""
    for clause in _CLAUSE.finditer(_visible(prompt)):
        if len(words) > EXCERPT:
            break
        gap = " " if words and clause.string[clause.start() - 1].isspace() else ""
        text = clause[0][:_MOST_CLAUSE]
        words += gap if _LINK.search(text) else gap + _defanged(text)
    words = " ".join(words.split())
    return words if len(words) <= EXCERPT else f"{_cut(words)} ..."


def _defanged(clause: str) -> str:
    return _NAME.sub(lambda name: name[0].replace(".", "[.]"), clause)


def _visible(text: str) -> str:
    """Return the text without markup and invisible characters; control characters become blanks."""
    kept = _WIDE_DOT.sub(".", "".join(_shown(char) for char in text))
    return "".join(char for place, char in enumerate(kept) if char not in _JOINERS or _joins(kept, place))


def _shown(char: str) -> str:
    kind = unicodedata.category(char)
    if char in "<>" or kind in _BLANKS:
        return " "
    return "" if kind in _INVISIBLE and char not in _JOINERS else char


def _joins(text: str, place: int) -> bool:
    """Return whether the joiner here is between two characters of a script that uses it."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return before > "\u02ff" and (after > "\u02ff" or not after.strip()) and before not in _JOINERS


def _cut(words: str) -> str:
    """Cut at the last space, if it is near the end, and else before a whole character."""
    space = words.rfind(" ", 0, EXCERPT + 1)
    if space > EXCERPT - _NEAR_THE_END:
        return words[:space].rstrip()
    end = EXCERPT
    while end > EXCERPT - _NEAR_THE_END and _continues(words, end):
        end -= 1
    return words[:end].rstrip()


def _continues(words: str, place: int) -> bool:
    """Return whether the character here belongs to the one before it: an accent, a skin tone, a part of an emoji, half a flag."""
    char = words[place]
    is_mark = unicodedata.category(char).startswith("M") or char in _JOINERS or "\U0001f3fb" <= char <= "\U0001f3ff"
    return is_mark or words[place - 1] == "\u200d" or all("\U0001f1e6" <= each <= "\U0001f1ff" for each in words[place - 1 : place + 1])
