"""One cold start, in a process of its own: `cold_child.py anchor`, or `cold_child.py FILE` with events for the `app` on the path."""

import json
import sys
from pathlib import Path

from canned_aws import Context, install  # type: ignore[import-not-found]  # next to this script


def anchor() -> None:
    """Do the least that a function can do that reads one item."""
    import boto3

    boto3.client("dynamodb").get_item(TableName="any", Key={"id": {"S": "any"}}, ConsistentRead=True)


def main(what: str) -> None:
    """Start, and answer the events."""
    install()
    if what == "anchor":
        return anchor()
    import app  # type: ignore[import-not-found]  # the function's own, first on the path

    for each in json.loads(Path(what).read_text()):
        answer = app.handler(each["event"], Context())
        if each.get("status") and answer["statusCode"] != each["status"]:
            raise SystemExit(f"{answer['statusCode']}: {answer['body']}")
    return None


if __name__ == "__main__":
    main(sys.argv[1])
