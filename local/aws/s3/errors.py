"""S3's error responses."""

from xml.sax.saxutils import escape


class S3Error(Exception):
    """Becomes S3's response: status, code and message; `more` are further elements of the body."""

    def __init__(self, status: str, code: str, message: str, **more: int | str) -> None:
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


def bad_request(code: str, message: str, **more: int | str) -> S3Error:
    return S3Error("400 Bad Request", code, message, **more)


def not_found(code: str, message: str, **more: int | str) -> S3Error:
    return S3Error("404 Not Found", code, message, **more)


def no_such_key(key: str) -> S3Error:
    return not_found("NoSuchKey", "The specified key does not exist.", Key=key)


def precondition_failed(condition: str) -> S3Error:
    message = "At least one of the pre-conditions you specified did not hold"
    return S3Error("412 Precondition Failed", "PreconditionFailed", message, Condition=condition)


def not_implemented(what: str) -> S3Error:
    return S3Error("501 Not Implemented", "NotImplemented", f"The local service does not implement {what}.")


def method_not_allowed(method: str) -> S3Error:
    return S3Error(
        "405 Method Not Allowed", "MethodNotAllowed", "The specified method is not allowed against this resource.", Method=method
    )


def internal_error(reason: str) -> S3Error:
    """Return an error after which clients try again."""
    return S3Error("500 Internal Server Error", "InternalError", f"We encountered an internal error. Please try again. ({reason})")
