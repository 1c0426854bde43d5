"""Redraws the gallery with Pillow: `.venv/bin/python -m tests.security.images.draw_gallery`.

The files are kept in the repository, so that every machine mutates the same bytes.
"""

from pathlib import Path

from PIL import Image, ImageCms, ImageDraw

GALLERY = Path(__file__).parent / "gallery"
SIZE = (320, 400)
_QUARTER_TURN = 6


def picture(colour: str = "navy") -> Image.Image:
    """Return a picture of sky, sea and a light."""
    image = Image.new("RGB", SIZE, colour)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 260, *SIZE), fill="teal")
    draw.ellipse((130, 60, 190, 120), fill="gold")
    return image


def draw() -> None:
    """Write every format in its usual variants."""
    still, more = picture(), [picture("maroon"), picture("black")]
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = _QUARTER_TURN
    still.save(GALLERY / "colours.png", optimize=True)
    still.quantize(4).save(GALLERY / "palette.png", optimize=True)
    still.save(GALLERY / "film.png", save_all=True, append_images=more, optimize=True)
    still.save(GALLERY / "baseline.jpg", quality=40)
    still.save(GALLERY / "progressive.jpg", quality=40, progressive=True)
    still.save(GALLERY / "turned.jpg", quality=40, exif=exif, icc_profile=profile)
    still.save(GALLERY / "pair.mpo", save_all=True, append_images=more[:1], quality=40)
    still.save(GALLERY / "still.gif")
    still.save(GALLERY / "film.gif", save_all=True, append_images=more, loop=0, duration=100)
    still.save(GALLERY / "lossy.webp", quality=40)
    still.save(GALLERY / "lossless.webp", lossless=True)
    still.save(GALLERY / "profile.webp", quality=40, icc_profile=profile)
    still.save(GALLERY / "film.webp", save_all=True, append_images=more, duration=100)
    still.convert("1").save(GALLERY / "two-colours.bmp")
    still.save(GALLERY / "packed.tif", compression="tiff_lzw")
    still.convert("1").save(GALLERY / "pages.tif", save_all=True, append_images=[more[0].convert("1")])
    still.convert("1").save(GALLERY / "two-colours.tif", compression="group4")


if __name__ == "__main__":
    draw()
