"""The body of the paid call: the model's own fields and nothing else."""

import base64
import json

from cliprelay.video import ImageSource, Video
from cliprelay.video_store import VideoStore


def payload_of(video: Video, store: VideoStore) -> bytes:
    """The JSON to POST; images of ours go along as base64, because a presigned link could die in a 72-hour queue."""
    fields = {**_settings(video), "image": _image(video.image, store)}
    if video.last_image:
        fields["last_image"] = _image(video.last_image, store)
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _settings(video: Video) -> dict[str, object]:
    # All with their values, also the defaults: what was promised to the client must not follow a change of the upstream's defaults.
    # `fps` has one legal value and the family's other models do not know the field, so it stays out.
    return {name: value for name, value in video.settings.items() if name != "fps"}


def _image(image: ImageSource, store: VideoStore) -> str:
    if image.url:
        return image.url
    data = store.read_input(image.key or "")
    return f"data:{image.content_type};base64,{base64.b64encode(data).decode()}"
