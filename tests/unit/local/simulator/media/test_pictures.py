"""An image is on disk for exactly as long as something needs it."""

from pathlib import Path

import pytest

from local.simulator.media.pictures import PictureFiles


@pytest.fixture(name="pictures")
def pictures_in_a_folder(tmp_path: Path) -> PictureFiles:
    return PictureFiles(tmp_path)


def test_equal_images_share_a_file_that_goes_with_its_last_user(pictures: PictureFiles, tmp_path: Path) -> None:
    one, again, other = (pictures.store(data) for data in (b"a", b"a", b"b"))
    assert one == again != other
    pictures.release([one])
    assert pictures.read(again) == b"a"
    pictures.release([again])
    assert [path.name for path in tmp_path.iterdir()] == [other]


def test_a_restart_keeps_what_is_needed_as_often_as_it_is_needed(tmp_path: Path) -> None:
    earlier = PictureFiles(tmp_path)
    needed, unneeded = earlier.store(b"a"), earlier.store(b"b")
    pictures = PictureFiles(tmp_path)
    pictures.restore([needed, needed])
    assert not (tmp_path / unneeded).exists()
    pictures.release([needed])
    assert pictures.read(needed) == b"a"
    pictures.release([needed])
    assert list(tmp_path.iterdir()) == []


def test_an_image_that_cannot_be_stored_is_needed_by_nobody(tmp_path: Path) -> None:
    pictures = PictureFiles(tmp_path / "missing")
    with pytest.raises(FileNotFoundError):
        pictures.store(b"a")
    (tmp_path / "missing").mkdir()
    pictures.release([pictures.store(b"a")])
    assert list((tmp_path / "missing").iterdir()) == []
