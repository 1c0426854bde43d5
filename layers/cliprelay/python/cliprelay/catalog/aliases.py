"""Names by which other models and other interfaces of this trade know a field, so that a wrong one is refused with the right one."""

from cliprelay.catalog.model import Model

# Seen in the documentation of the family's other models, of the vendor, of OpenAI's video interface and in clients of them.
_MEANT = {
    "ratio": ("aspect_ratio", "aspectRatio", "aspect", "ratio"),
    "resolution": ("size", "quality", "video_resolution"),
    "duration": ("seconds", "length", "video_length", "frames", "num_frames"),
    "image": ("image_url", "img_url", "first_frame", "first_frame_image", "start_image", "input_reference", "images"),
    "last_image": ("end_image", "last_frame", "last_frame_image", "tail_image", "end_image_url", "last_image_url"),
    "prompt": ("text", "Prompt", "description", "content"),
    "audio": ("add_audio", "sound", "audio", "with_audio", "generateAudio"),
    "camera_fixed": ("camerafixed", "fixed_camera", "cameraFixed"),
    "fps": ("framespersecond", "frame_rate"),
    "service_tier": ("tier", "serviceTier"),
    "execution_expires_after": ("timeout", "expires_after"),
    "webhook_url": ("webhook", "callback_url", "callback", "notify_url"),
}


def right_name(wrong: str, model: Model, known: frozenset[str]) -> str | None:
    """The field of this model that the name means; None when it means none, or one that the model does not have."""
    role = next((role for role, names in _MEANT.items() if wrong in names), None)
    found = model.meaning(role) if role else None
    name = found.name if found else role
    return name if name in known else None
