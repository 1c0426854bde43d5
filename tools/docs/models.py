"""docs/reference/models.md, generated from the entries of the registry."""

from collections.abc import Iterator

from cliprelay.catalog.data_handling import DataHandling
from cliprelay.catalog.model import Field, Model
from cliprelay.catalog.registry import DEFAULT_MODEL, MODELS
from cliprelay.upstream.myrouter.wire import wire_of

HEAD = """\
# Models

These are the entries of `layers/cliprelay/python/cliprelay/catalog/`. Validation, submit, quotes, `GET /v1/models`, OpenAPI and the
simulator read the same entries.

To add a model, write its entry and name it in `registry.py`. To offer one that is off by default, name all models that you want to
offer in the parameter `EnabledModels`, separated by commas. A request without `model` means `seedance-v1.5-pro-i2v`, or
the first of the list where that is not offered.
"""


def page() -> str:
    """Return the whole page."""
    lines = [HEAD, *_overview(), *(line for model in MODELS.values() for line in _about(model))]
    return "\n".join(lines).rstrip() + "\n"


def _overview() -> Iterator[str]:
    yield "| model | what it is | documented by MyRouter | on by default |"
    yield "| --- | --- | --- | --- |"
    for model in MODELS.values():
        default = "; used when a request names none" if model.name == DEFAULT_MODEL else ""
        yield f"| `{model.name}` | {model.about} | {_yes(model.verified)} | {_yes(model.enabled)}{default} |"
    yield ""


def _about(model: Model) -> Iterator[str]:
    yield f"## {model.name}\n"
    yield f"{model.about} The paid call goes to `{wire_of(model.name).path}`. Source: {model.source}\n"
    yield from (f"- {note}" for note in model.notes)
    yield ""
    yield "| field | default | what it accepts |"
    yield "| --- | --- | --- |"
    yield from (f"| `{field.name}` | {_default(field)} | {_takes(field)} |" for field in model.fields)
    bound = "documented" if model.prompt.documented else "our own bound"
    yield f"\nPrompt: at most {model.prompt.most:,} code points ({bound}); at most {model.prompt.advised:,} are advised.\n"
    yield from _images(model)
    yield from (f"Not together: {rule.message}\n" for rule in model.forbidden)
    yield from _sizes(model)
    yield from _money(model)
    yield from _handling(model.handling)


def _images(model: Model) -> Iterator[str]:
    figures = model.images
    if figures is None:
        yield "It accepts no image.\n"
        return
    (low, low_to), (high, high_to) = figures.above_ratio, figures.below_ratio
    yield (
        f"Images: {', '.join(figures.formats)}; "
        f"each side more than {figures.above_pixels:,} and less than {figures.below_pixels:,} pixels; "
        f"width / height more than {low / low_to:g} and less than {high / high_to:g}; less than {figures.below_bytes:,} bytes.\n"
    )


def _sizes(model: Model) -> Iterator[str]:
    ratios = list(next(iter(model.geometry.values())))
    yield f"| pixels, {model.fps} fps | {' | '.join(ratios)} |"
    yield f"| --- |{' --- |' * len(ratios)}"
    for resolution, shapes in model.geometry.items():
        yield f"| {resolution} | {' | '.join(f'{width} x {height}' for width, height in shapes.values())} |"
    yield ""


def _money(model: Model) -> Iterator[str]:
    price = model.price
    sound = f", with sound ${price.audio}" if price.audio is not None else ""
    flex = f"; the flex tier {price.flex} of it" if price.flex is not None else ""
    yield f"Price per million tokens: ${price.silent}{sound}{flex}. Read {price.date}. {price.source}\n"
    yield "Tokens are width x height x frames / 1024, and a video has one frame more than its seconds hold.\n"
    for tier, typical in model.typical.items():
        times = f"median {typical.median} s, 95 of 100 within {typical.p95} s" if typical.median else "not known"
        yield f"Typical time, {tier}: {times}. {typical.source}\n"


def _handling(handling: DataHandling) -> Iterator[str]:
    shown = handling.shown()
    yield (
        f"Prompt and images go to {handling.provider}; the model is made by {handling.vendor}. Region: {shown['region']}. "
        f"Retention: {shown['retention']}. Read {handling.date}. {handling.source}\n"
    )


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if field.default is None:
        return "none"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _takes(field: Field) -> str:
    words = f"{field.accepted}." if field.accepted != field.about else ""
    return f"{words[:1].upper()}{words[1:]} {field.about}".strip()


def _yes(value: bool) -> str:
    return "yes" if value else "no"
