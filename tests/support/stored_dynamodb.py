"""The local service's DynamoDB behind its own WSGI app, below a client of boto3, without a socket."""

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.aws.dynamodb.endpoint import App, with_tables
from local.aws.dynamodb.service import DynamoDB
from local.state.database import Database
from tests.support.memory_aws.responses import Raw
from tests.support.memory_aws.session import Send


def over_wire(app: App) -> Send:
    """Return what sends a client's requests to an app."""

    def send(service: str, operation: str, request: AWSPreparedRequest) -> AWSResponse:
        status, headers, body = ask(app, request.body or b"", request.headers)  # type: ignore[arg-type]
        return AWSResponse("http://local", status, headers, Raw(body))  # type: ignore[arg-type]

    return send


def ask(app: App, body: bytes, headers: Any) -> tuple[int, dict[str, str], bytes]:
    """Return the status, the headers and the body of an answer."""
    answered: list[Any] = []
    environ: dict[str, Any] = {"HTTP_" + name.upper().replace("-", "_"): _text(value) for name, value in headers.items()}
    environ |= {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    parts = app(environ, lambda status, fields: answered.append((int(status.split()[0]), dict(fields))))
    return *answered[0], b"".join(parts)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def nothing_else(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise AssertionError("only DynamoDB is asked here")


@contextmanager
def dynamodb_in(path: Path | None, **options: Any) -> Iterator[tuple[DynamoDB, Database]]:
    """Open the tables in a file, or in memory, and close them after the block."""
    with closing(Database(path)) as database:
        yield DynamoDB(database, **options), database


def app_over(dynamodb: DynamoDB) -> App:
    return with_tables(nothing_else, dynamodb)
