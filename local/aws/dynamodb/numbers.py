"""Numbers as DynamoDB keeps them: decimal, exact, with up to 38 digits.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import re
from decimal import Context, Decimal, InvalidOperation

from local.aws.dynamodb.errors import Invalid

MOST_DIGITS = 38
LARGEST_EXPONENT, SMALLEST_EXPONENT = 125, -130

# Most numbers are written as DynamoDB returns them.
_PLAIN = re.compile(r"0|-?[1-9][0-9]{0,37}")
_ANY = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
# Enough for the exact sum of the largest and the smallest number.
_EXACT = Context(prec=LARGEST_EXPONENT - SMALLEST_EXPONENT + 2 * MOST_DIGITS)


def normal_number(text: object) -> str:
    """Return a number as DynamoDB does, without leading and trailing zeros; raises Invalid."""
    if not isinstance(text, str):
        raise Invalid("The parameter cannot be converted to a numeric value")
    if _PLAIN.fullmatch(text):
        return text
    written = _written(_parsed(text))
    return text if text == written else written


def number(text: str) -> int | Decimal:
    """Return the value of a normal number."""
    return Decimal(text) if "." in text else int(text)


def add(left: str, right: str, sign: int = 1) -> str:
    """Return the exact sum or, with the sign -1, difference; raises Invalid if it has too many digits."""
    if "." not in left and "." not in right:
        return normal_number(str(int(left) + sign * int(right)))
    combine = _EXACT.add if sign == 1 else _EXACT.subtract
    return _written(combine(Decimal(left), Decimal(right)))


def sortable(text: str) -> bytes:
    """Return bytes that sort like the numbers: sign, exponent, digits; those of a negative number are inverted."""
    value = _EXACT.normalize(Decimal(text))
    if not value:
        return b"\x01"
    exponent = value.adjusted() - SMALLEST_EXPONENT
    magnitude = bytes([exponent]) + "".join(map(str, value.as_tuple().digits)).encode()
    # The end mark puts -1.2 after -1.23.
    return b"\x02" + magnitude if value > 0 else b"\x00" + bytes(255 - byte for byte in magnitude) + b"\xff"


def _parsed(text: str) -> Decimal:
    if not _ANY.fullmatch(text):
        raise Invalid(f"The parameter cannot be converted to a numeric value: {text}")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Invalid(f"The parameter cannot be converted to a numeric value: {text}") from None


def _written(value: Decimal) -> str:
    if not value:
        return "0"
    if len("".join(map(str, value.as_tuple().digits)).strip("0")) > MOST_DIGITS:
        raise Invalid("Attempting to store more than 38 significant digits in a Number")
    if value.adjusted() > LARGEST_EXPONENT:
        raise Invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if value.adjusted() < SMALLEST_EXPONENT:
        raise Invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
    return format(_EXACT.normalize(value), "f")
