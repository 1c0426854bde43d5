"""Draw lighthouse.png, the demo's picture: `python -m local.demo.draw_lighthouse` recreates it."""

import random
import struct
import zlib
from pathlib import Path

WIDTH, HEIGHT = 1280, 720
HORIZON = 470
PICTURE = Path(__file__).with_name("lighthouse.png")

Colour = tuple[float, float, float]

NIGHT: Colour = (24, 28, 66)
GLOW: Colour = (244, 148, 96)
DEEP: Colour = (16, 34, 62)
ROCK: Colour = (28, 24, 34)
WHITE: Colour = (236, 228, 214)
RED: Colour = (176, 52, 48)
LIGHT: Colour = (255, 236, 170)
MOON: Colour = (250, 240, 216)

TOWER_X, TOWER_TOP, TOWER_FOOT = 860, 190, 540
LAMP_Y = 165


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Blend `b` into `a` by a share, limited to between 0 and 1."""
    share = min(max(share, 0), 1)
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def pixel(x: int, y: int, stars: set[tuple[int, int]]) -> Colour:
    """Return the color of a pixel, from the back of the scene to its front."""
    colour = sky(x, y, stars) if y < HORIZON else sea(x, y)
    colour = beam(x, y, colour)
    if y > shore(x):
        colour = mix(ROCK, DEEP, (y - shore(x)) / 500)
    return tower(x, y) or colour


def sky(x: int, y: int, stars: set[tuple[int, int]]) -> Colour:
    """Return dusk, with a moon and stars."""
    if (x - 300) ** 2 + (y - 150) ** 2 < 46**2:
        return MOON
    colour = mix(NIGHT, GLOW, (y / HORIZON) ** 2.2)
    halo = 1 - ((x - 300) ** 2 + (y - 150) ** 2) ** 0.5 / 240
    colour = mix(colour, MOON, 0.35 * max(halo, 0))
    return mix(colour, WHITE, 0.9) if (x, y) in stars and y < HORIZON * 0.6 else colour


def sea(x: int, y: int) -> Colour:
    """Return water that reflects the glow and, in stripes, the moon."""
    depth = (y - HORIZON) / (HEIGHT - HORIZON)
    colour = mix(mix(GLOW, DEEP, 0.45), DEEP, depth * 1.3)
    ripple = (x * 7 + y * y * 3) % 97 < 20 and y % 7 < 3
    if ripple and abs(x - 300) < 40 + depth * 160:
        return mix(colour, MOON, 0.55)
    return mix(colour, WHITE, 0.06) if y % 9 == 0 else colour


def shore(x: int) -> float:
    """Return the edge of the rock in pixels from the top."""
    return 470 + 0.0011 * (x - TOWER_X) ** 2 + 60 + (x % 53) * 0.15


def beam(x: int, y: int, colour: Colour) -> Colour:
    """Add the lamp's two beams, which fade with distance."""
    away = abs(x - TOWER_X)
    if away < 14:
        return colour
    spread = abs(y - (LAMP_Y - (x - TOWER_X) * 0.06)) / (6 + away * 0.11)
    return mix(colour, LIGHT, (1 - spread) * 0.75 * (1 - away / 900)) if spread < 1 and away < 900 else colour


def tower(x: int, y: int) -> Colour | None:
    """Return the tower's color, or None outside the tower."""
    away = abs(x - TOWER_X)
    if 130 <= y < 145 and away < (y - 125) * 1.6:
        return RED
    if 145 <= y < 185 and away < 20:
        return LIGHT
    if 185 <= y < TOWER_TOP + 4 and away < 40:
        return ROCK
    if not TOWER_TOP <= y < TOWER_FOOT or away >= 26 + (y - TOWER_TOP) * 0.085:
        return None
    if away < 6 and y % 90 in range(40, 60):
        return LIGHT
    stripe = RED if (y - TOWER_TOP) // 58 % 2 else WHITE
    return mix(stripe, ROCK, 0.15 + 0.35 * (x - TOWER_X + 60) / 120)


def draw() -> bytes:
    """Return the picture as PNG."""
    dice = random.Random(7)  # noqa: S311 - stars, not secrets
    stars = {(dice.randrange(WIDTH), dice.randrange(HEIGHT)) for _ in range(420)}
    rows = bytearray()
    for y in range(HEIGHT):
        rows.append(0)
        for x in range(WIDTH):
            rows += bytes(round(part) for part in pixel(x, y, stars))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    PICTURE.write_bytes(draw())
