"""Build the paid call: only the model's fields, under MyRouter's names."""

import base64
import json

from cliprelay.catalog.registry import model_of
from cliprelay.upstream.contract import PaidRequest, ReadInput
from cliprelay.upstream.myrouter.wire import wire_of
from cliprelay.video.record import ImageSource, Video


def prepare(video: Video, read_input: ReadInput) -> PaidRequest:
    """Build the call, with stored images as base64: a presigned URL could expire in a 72-hour queue."""
    wire = wire_of(video.model)
    fields = {wire.name(name): value for name, value in _settings(video).items() if name not in wire.unsent}
    for role, source in (("image", video.image), ("last_image", video.last_image)):
        if source:
            fields[wire.name(_field_name(video, role))] = _image(source, read_input)
    return PaidRequest(wire.path, json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())


def _settings(video: Video) -> dict[str, object]:
    # Defaults are sent explicitly, so that a change of the upstream's defaults cannot alter what the client ordered.
    model = model_of(video.model)
    if model is None:  # recorded by another version
        return dict(video.settings)
    known = {field.name: video.settings.get(field.name) for field in model.fields}
    return {name: value for name, value in known.items() if value is not None}


def _field_name(video: Video, role: str) -> str:
    model = model_of(video.model)
    field = model.meaning(role) if model else None
    return field.name if field else role


def _image(image: ImageSource, read_input: ReadInput) -> str:
    if image.url:
        return image.url
    data = read_input(image.key or "")
    return f"data:{image.content_type};base64,{base64.b64encode(data).decode()}"
