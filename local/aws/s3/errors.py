"""How S3 says no: a status, a code, and an XML body with both."""

from xml.sax.saxutils import escape


class Refused(Exception):
    """Answered as S3 answers: status, code and message; `more` are further elements of the body."""

    def __init__(self, status: str, code: str, message: str, **more: int) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.more = more

    @property
    def body(self) -> bytes:
        elements = {"Code": self.code, "Message": self.message, **self.more}
        inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in elements.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()


def forbidden(code: str, message: str) -> Refused:
    return Refused("403 Forbidden", code, message)


def bad_request(code: str, message: str, **more: int) -> Refused:
    return Refused("400 Bad Request", code, message, **more)
