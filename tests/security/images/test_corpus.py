"""A thousand broken and hostile images end cheaply in an answer or a refusal, and the simulator agrees."""

import tracemalloc
from pathlib import Path

import pytest
from PIL import Image

from cliprelay.images.header import Probed
from cliprelay.images.probe import probe
from cliprelay.images.reader import STEPS, over
from local.simulator.contract.images import check_image
from tests.security.images.corpus import GALLERY, Specimen, corpus
from tools.docs.images import TAKEN, Outcome, outcome

# Far more than a header needs, far less than a file may have: both ends, and one or two directories.
MOST_BYTES = 200_000
MOST_MEMORY = 50_000_000


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [outcome(specimen) for specimen in corpus()]


def test_the_corpus_has_a_thousand_files(outcomes: list[Outcome]) -> None:
    assert len(outcomes) >= 1_000


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


def test_the_simulator_accepts_every_accepted_image_with_the_same_size(outcomes: list[Outcome]) -> None:
    for each in outcomes:
        if each.code == TAKEN:
            ours, theirs = _sizes(each.specimen)
            assert (ours.format, ours.width, ours.height) == theirs, each.specimen[:2]


@pytest.mark.parametrize("path", sorted(GALLERY.iterdir()), ids=lambda path: path.name)
def test_a_real_image_is_read_as_its_decoder_reads_it(path: Path) -> None:
    found = probe(over(path.read_bytes()))
    with Image.open(path) as image:
        frames = getattr(image, "n_frames", 1)
        assert (found.width, found.height, found.frames) == (*image.size, min(frames, 2))
        assert (image.format or "").replace("MPO", "JPEG").lower() == found.format
