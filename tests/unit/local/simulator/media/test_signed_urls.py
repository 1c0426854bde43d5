"""Signed addresses: good for their path and their time, and for nothing that was altered."""

from urllib.parse import parse_qs

import pytest

from local.simulator.media.signed_urls import DownloadDenied, Signer

NOW = 1_800_000_000.0
SIGNER = Signer(b"secret")


def _signed(path: str = "/media/a.mp4", ttl: int = 60) -> tuple[str, str]:
    path, _, query = SIGNER.sign(path, NOW, ttl).partition("?")
    return path, query


def test_an_address_works_until_its_last_second_and_has_the_form_of_s3() -> None:
    path, query = _signed()
    SIGNER.check(path, query, NOW)
    SIGNER.check(path, query, NOW + 59)
    with pytest.raises(DownloadDenied, match="expired") as caught:
        SIGNER.check(path, query, NOW + 60)
    assert caught.value.code == "AccessDenied"
    assert sorted(parse_qs(query)) == ["X-Amz-Algorithm", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature"]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("/media/b.mp4", "", ""),
        ("/media/a.mp4", "X-Amz-Expires=60", "X-Amz-Expires=6000"),
        ("/media/a.mp4", "X-Amz-Expires=60", "X-Amz-Expires=60&X-Amz-Expires=60"),
        ("/media/a.mp4", "X-Amz-Expires=60", "X-Amz-Expires=60&more=1"),
        ("/media/a.mp4", "Signature=", "Signature=0"),
    ],
    ids=["path", "time", "twice", "more", "signature"],
)
def test_an_altered_address_is_refused(path: str, old: str, new: str) -> None:
    with pytest.raises(DownloadDenied) as caught:
        SIGNER.check(path, _signed()[1].replace(old, new, 1), NOW)
    assert caught.value.code == "SignatureDoesNotMatch"


def test_an_address_of_another_signer_is_refused() -> None:
    with pytest.raises(DownloadDenied, match="signature"):
        Signer(b"another").check(*_signed(), NOW)


def test_an_address_without_a_signature_is_denied() -> None:
    with pytest.raises(DownloadDenied) as caught:
        SIGNER.check("/media/a.mp4", "X-Amz-Expires=60", NOW)
    assert caught.value.code == "AccessDenied"
