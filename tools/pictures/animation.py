"""An animated SVG of a terminal: one strip of all frames, moved by one CSS animation; without script, fonts or other files."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import accumulate

from tools.pictures.screen import Frame

_WIDE, _HIGH, _EDGE = 8.4, 19, 14
# Light and dark follow the reader's system. Who wants no motion sees the end.
_STYLE = """
.back { fill: #f6f8fa; stroke: #d0d7de }
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328; white-space: pre }
.head { font-weight: 700; fill: #0a58ca }
@media (prefers-color-scheme: dark) { .back { fill: #0d1117; stroke: #30363d } text { fill: #e6edf3 } .head { fill: #6cb0ff } }
"""


def animation(shown: Sequence[Frame], columns: int, rows: int, title: str) -> str:
    """Return the SVG; its last frame is what stays where nothing moves."""
    width, height = round(columns * _WIDE + 2 * _EDGE), rows * _HIGH + 2 * _EDGE
    names = {line: f"l{number}" for number, line in enumerate(dict.fromkeys(line for frame in shown for line in frame.lines if line))}
    texts = "".join(f"{_text(line, name)}\n" for line, name in names.items())
    strip = "".join(_frame(frame, names, number * rows * _HIGH) for number, frame in enumerate(shown))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}{_motion(shown, rows * _HIGH)}</style>\n"
        f'<rect class="back" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>\n<defs>\n{texts}</defs>\n'
        f'<svg x="{_EDGE}" y="{_EDGE}" width="{width - 2 * _EDGE}" height="{rows * _HIGH}">\n'
        f'<g class="strip">\n{strip}</g>\n</svg>\n</svg>\n'
    )


def _text(line: str, name: str) -> str:
    """Return one line of text, as wide as a terminal would show it in whatever font there is."""
    head = ' class="head"' if line.startswith(("== ", "$ ")) else ""
    return f'<text id="{name}"{head} y="14" textLength="{len(line) * _WIDE:.1f}" xml:space="preserve">{escape(line, quote=False)}</text>'


def _frame(frame: Frame, names: dict[str, str], top: int) -> str:
    lines = "".join(f'<use href="#{names[line]}" y="{number * _HIGH}"/>' for number, line in enumerate(frame.lines) if line)
    return f'<g transform="translate(0 {top})">{lines}</g>\n'


def _motion(shown: Sequence[Frame], high: int) -> str:
    """Return the animation: each frame stands still until the next."""
    whole = sum(frame.seconds for frame in shown)
    starts: Iterable[float] = accumulate((frame.seconds for frame in shown[:-1]), initial=0.0)
    steps = "".join(f"{100 * start / whole:.3f}%{{transform:translateY({-number * high}px)}}" for number, start in enumerate(starts))
    last = f"translateY({-(len(shown) - 1) * high}px)"
    return (
        f".strip {{ transform: {last} }}\n@keyframes play {{{steps}100%{{transform:{last}}}}}\n"
        f"@media (prefers-reduced-motion: no-preference) {{ .strip {{ animation: play {whole:.1f}s step-end infinite }} }}\n"
    )
