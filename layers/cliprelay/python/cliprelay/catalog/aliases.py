"""Map field names from other models and APIs to ours, so that a refusal can suggest the right one."""

from cliprelay.catalog.model import Model

# From the documentation of related models, the vendor and OpenAI's video API, and from their clients.
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
    "expires_in": ("expires", "ttl", "queue_timeout", "submit_within"),
    "not_before": ("scheduled_at", "schedule_at", "start_at", "start_time", "run_at"),
    "webhook_url": ("webhook", "callback_url", "callback", "notify_url"),
}


def right_name(wrong: str, model: Model, known: frozenset[str]) -> str | None:
    """Return the model's field for a wrong name, or None if there is no such field."""
    role = next((role for role, names in _MEANT.items() if wrong in names), None)
    found = model.meaning(role) if role else None
    name = found.name if found else role
    return name if name in known else None
