"""`python repeat.py API KEY ORDER [IDEMPOTENCY-KEY]`: an order by novita-client, again in the caller's own loop when no answer comes."""

import json
import sys
from pathlib import Path

import requests
from novita_client import NovitaClient


def main(api: str, key: str, order: str, idempotency_key: str = "") -> None:
    """Order until there is an answer; print the id."""
    client = NovitaClient(key, base_url=api)
    if idempotency_key:
        client.set_extra_headers({"Idempotency-Key": idempotency_key})
    body = json.loads(Path(order).read_text())
    while True:
        try:
            task = client._post("/v3/async/seedance-v1.5-pro-i2v", body)
        except requests.ConnectionError:
            continue
        sys.stdout.write(task["task_id"])
        return


main(*sys.argv[1:])
