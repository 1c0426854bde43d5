"""How many columns of a terminal a text takes."""

import re
import unicodedata


def cell_len(text: str) -> int:
    """Count columns: wide characters, such as Chinese ones and emoji, take two."""
    return sum(_cells(each) for each in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def wrapped(text: str, columns: int) -> str:
    """Break a text between words; what a person may copy stays whole: URLs, and commands between backticks."""
    lines = [""]
    for word in re.findall(r"(?:`[^`]*`|\S)+", text):
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) > columns:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\n".join(lines)


def set_cell_size(text: str, size: int) -> str:
    """Cut a text, or fill it with blanks, to so many columns."""
    taken, kept = 0, []
    for each in text:
        if taken + _cells(each) > size:
            break
        taken += _cells(each)
        kept.append(each)
    return "".join(kept) + " " * (size - taken)
