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
    fields = wire.fields(_fields(video, read_input))
    return PaidRequest(wire.path, json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())


def _fields(video: Video, read_input: ReadInput) -> dict[str, object]:
    # Defaults are sent explicitly, so that a change of the upstream's defaults cannot alter what the client ordered.
    model = model_of(video.model)
    # A model that another version knew is sent as it was recorded.
    names = [field.name for field in model.fields] if model else list(video.settings)
    given = {name: video.settings[name] for name in names if video.settings.get(name) is not None}
    images = {role: _image(source, read_input) for role, source in (("image", video.image), ("last_image", video.last_image)) if source}
    called = {field.means: field.name for field in model.image_fields} if model else {}
    return given | {called.get(role, role): value for role, value in images.items()}


def _image(image: ImageSource, read_input: ReadInput) -> str:
    if image.url:
        return image.url
    data = read_input(image.key or "")
    return f"data:{image.content_type};base64,{base64.b64encode(data).decode()}"
