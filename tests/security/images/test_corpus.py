"""The corpus: a thousand broken and hostile images end in an answer or a refusal, cheaply, and the simulator agrees."""

import tracemalloc
from pathlib import Path

import pytest
from PIL import Image

from cliprelay.images.header import Probed
from cliprelay.images.probe import probe
from cliprelay.images.reader import STEPS, over
from local.simulator.contract.images import check_image
from tests.security.images.corpus import GALLERY, Specimen, corpus
from tools.docs.images import PAGE, TAKEN, Outcome, outcome, page

# Far above what a header needs, far below what a file may have: the two ends, and at most a directory or two.
MOST_BYTES = 200_000
MOST_MEMORY = 50_000_000


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [outcome(specimen) for specimen in corpus()]


def test_the_page_says_what_becomes_of_every_file(outcomes: list[Outcome]) -> None:
    assert len(outcomes) >= 1_000
    assert page(outcomes) == PAGE.read_text(encoding="utf-8"), "write it anew: .venv/bin/python -m tools.docs.images"


def test_no_file_costs_more_than_a_few_blocks_and_steps(outcomes: list[Outcome]) -> None:
    assert [each.specimen[:2] for each in outcomes if each.bytes_read > MOST_BYTES or each.steps > STEPS + 1] == []


def test_no_file_takes_much_memory() -> None:
    tracemalloc.start()
    try:
        for specimen in corpus():
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            outcome(specimen)
            assert tracemalloc.get_traced_memory()[1] - before < MOST_MEMORY, specimen[:2]
    finally:
        tracemalloc.stop()


def _sizes(specimen: Specimen) -> tuple[Probed, tuple[str, int, int]]:
    header = check_image("image", specimen.data)
    return probe(over(specimen.data)), (header.format, header.width, header.height)


def test_whatever_is_taken_the_simulator_takes_with_the_same_size(outcomes: list[Outcome]) -> None:
    for each in outcomes:
        if each.code == TAKEN:
            ours, theirs = _sizes(each.specimen)
            assert (ours.format, ours.width, ours.height) == theirs, each.specimen[:2]


@pytest.mark.parametrize("path", sorted(GALLERY.iterdir()), ids=lambda path: path.name)
def test_a_real_image_is_what_its_decoder_says(path: Path) -> None:
    found = probe(over(path.read_bytes()))
    with Image.open(path) as image:
        frames = getattr(image, "n_frames", 1)
        assert (found.width, found.height, found.frames) == (*image.size, min(frames, 2))
        assert (image.format or "").replace("MPO", "JPEG").lower() == found.format
