"""An error answer of AWS, before it is written in a service's format."""

from typing import Any


class AwsError(Exception):
    """An error answer; `fields` are members in addition to the code and the message."""

    def __init__(self, status: int, code: str, message: str = "", **fields: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.fields = status, code, message, fields
