"""How many columns of a terminal a text takes."""

import unicodedata


def cell_len(text: str) -> int:
    """Count columns: wide characters, such as Chinese ones and emoji, take two."""
    return sum(_cells(each) for each in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def set_cell_size(text: str, size: int) -> str:
    """Cut a text, or fill it with blanks, to so many columns."""
    taken, kept = 0, []
    for each in text:
        if taken + _cells(each) > size:
            break
        taken += _cells(each)
        kept.append(each)
    return "".join(kept) + " " * (size - taken)
