"""S3's error responses."""

from xml.sax.saxutils import escape


class S3Error(Exception):
    """Becomes S3's response: status, code and message; `more` are further elements of the body."""

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


def forbidden(code: str, message: str) -> S3Error:
    return S3Error("403 Forbidden", code, message)


def bad_request(code: str, message: str, **more: int) -> S3Error:
    return S3Error("400 Bad Request", code, message, **more)
