"""The body of the paid call: the model's own fields, by the upstream's names, and nothing else."""

import base64
import json

from cliprelay.catalog.model import Model
from cliprelay.catalog.registry import model_of
from cliprelay.media.bucket import MediaBucket
from cliprelay.video.record import ImageSource, Video


def payload_of(video: Video, store: MediaBucket) -> bytes:
    """The JSON to POST; images of ours go along as base64, because a presigned link could die in a 72-hour queue."""
    model = model_of(video.model)
    fields = _settings(video, model)
    for role, source in (("image", video.image), ("last_image", video.last_image)):
        if source:
            fields[_sent_as(model, role)] = _image(source, store)
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _settings(video: Video, model: Model | None) -> dict[str, object]:
    # All with their values, also the defaults: what was promised to the client must not follow a change of the upstream's defaults.
    if model is None:  # recorded by a version that knew it
        return dict(video.settings)
    known = ((field, video.settings.get(field.name)) for field in model.fields)
    return {field.sent_as: value for field, value in known if value is not None and field.sent}


def _sent_as(model: Model | None, role: str) -> str:
    found = model.meaning(role) if model else None
    return found.sent_as if found else role


def _image(image: ImageSource, store: MediaBucket) -> str:
    if image.url:
        return image.url
    data = store.read_input(image.key or "")
    return f"data:{image.content_type};base64,{base64.b64encode(data).decode()}"
