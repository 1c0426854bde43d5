"""Verify cases from standard input with the package `openai`."""

import json
import sys

from openai import InvalidWebhookSignatureError, OpenAI


def takes(case: dict[str, object]) -> bool:
    """Return whether this POST verifies."""
    client = OpenAI(api_key="none", webhook_secret=str(case["secret"]))
    try:
        client.webhooks.verify_signature(str(case["body"]), case["headers"])
    except (InvalidWebhookSignatureError, ValueError):
        return False
    return True


json.dump([takes(case) for case in json.load(sys.stdin)], sys.stdout)
