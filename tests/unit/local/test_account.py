"""Clients of the account on this machine: its own keys and region, whatever the developer's AWS configuration says."""

from urllib.parse import parse_qs, urlsplit

import pytest

from local.account import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN, client

ENDPOINT = "http://127.0.0.1:4566"


def test_a_client_uses_the_accounts_keys_and_region_and_not_the_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "the developer's")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    made = client("sqs", ENDPOINT)
    given = made._request_signer._credentials
    assert (given.access_key, given.secret_key, given.token) == (ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN)
    assert (made.meta.region_name, made.meta.endpoint_url) == (REGION, ENDPOINT)


def test_a_call_is_made_once_and_waits_as_long_as_it_is_told() -> None:
    config = client("sqs", ENDPOINT, answer_seconds=7).meta.config
    assert (config.retries["total_max_attempts"], config.read_timeout) == (1, 7)


def test_addresses_of_s3_are_signed_with_version_4() -> None:
    url = client("s3", ENDPOINT).generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    assert parse_qs(urlsplit(url).query)["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
