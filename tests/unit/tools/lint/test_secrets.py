from pathlib import Path

import pytest

from tools.lint.secrets import PATTERNS, found, main

# Put together here, so that no file of the repository looks like a credential.
LOOKS_REAL = {
    "AWS access key": "AKIA" + "A1" * 8,
    "AWS secret key": "aws_secret_access_key = " + "a/B1" * 10,
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "upstream or AI provider's key": "sk-" + "a1" * 16,
    "ClipRelay API key": "clr_" + "a" * 43,
    "webhook secret": "whsec_" + "a1" * 16,
    "GitHub token": "ghp_" + "a1" * 18,
    "Slack token": "xoxb-" + "1" * 24,
    "PyPI token": "pypi-AgE" + "a" * 40,
    "password in an address": "https://user:" + "longenough@example.com/",
}


@pytest.mark.parametrize("kind", PATTERNS)
def test_a_credential_is_found_with_line_and_kind(kind: str) -> None:
    assert list(found(f"first\nkey = '{LOOKS_REAL[kind]}'\n")) == [(2, kind)]


@pytest.mark.parametrize("kind", PATTERNS)
def test_an_example_is_excused(kind: str) -> None:
    assert list(found(f"key = '{LOOKS_REAL[kind]}'  # example")) == []


@pytest.mark.parametrize(
    "text",
    ["AKIA", "sk-test", "whsec_...", "clr_<key>", "https://example.com:8000/a@b", "sha256:" + "a1" * 32, "https://$USER:$PASSWORD@host/"],
)
def test_a_placeholder_or_a_hash_is_none(text: str) -> None:
    assert list(found(text)) == []


@pytest.mark.parametrize("folder", ["docs", "events", "functions", "layers", "local", "operate", "statemachine", "tests", "tools"])
def test_the_repository_holds_none(folder: str) -> None:
    main([str(path) for path in Path(folder).rglob("*") if path.suffix != ".pyc"])


def test_the_report_holds_no_credential(tmp_path: Path) -> None:
    file = tmp_path / "settings.ini"
    file.write_text(LOOKS_REAL["ClipRelay API key"])
    with pytest.raises(SystemExit) as end:
        main([str(file)])
    assert f"{file}:1: ClipRelay API key" in str(end.value)
    assert LOOKS_REAL["ClipRelay API key"] not in str(end.value)
