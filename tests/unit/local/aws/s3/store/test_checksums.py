"""The check values of the checksums, from the catalogue of CRCs and the standards."""

import base64

import pytest

from local.aws.s3.store.checksums import ALGORITHMS, Sums, composite


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("crc32", "cbf43926"),
        ("crc32c", "e3069283"),
        ("crc64nvme", "ae8b14860a799888"),
        ("sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        ("sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ],
)
def test_every_algorithm_has_its_check_value_also_in_pieces(algorithm: str, digest: str) -> None:
    sums = Sums([algorithm])
    for piece in (b"12345", b"", b"6789"):
        sums.update(piece)
    assert base64.b64decode(sums.checksums[algorithm]).hex() == digest
    assert sums.md5.hex() == "25f9e794323b453885f5181f1b624d0b"


def test_all_algorithms_of_s3_are_known() -> None:
    assert set(ALGORITHMS) == {"crc32", "crc32c", "crc64nvme", "sha1", "sha256"}


def test_a_composite_checksum_is_that_of_the_parts_checksums_and_names_their_number() -> None:
    first, second = Sums(["sha256"]), Sums(["sha256"])
    second.update(b"second")
    both = Sums(["sha256"])
    both.update(b"".join(base64.b64decode(each.checksums["sha256"]) for each in (first, second)))
    assert composite("sha256", [each.checksums["sha256"] for each in (first, second)]) == both.checksums["sha256"] + "-2"
