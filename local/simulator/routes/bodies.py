"""The bodies of the upstream's responses, and their faulty variants."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from local.simulator.tasks.task import State, Status, Task

Content = dict[str, Any]


def created(task_id: str, style: str) -> Content:
    """Return the body of a create: MyRouter documents `id`, related models `task_id`."""
    styles: dict[str, Content] = {
        "id": {"id": task_id},
        "task_id": {"task_id": task_id},
        "both": {"id": task_id, "task_id": task_id},
        "nested": {"data": {"task_id": task_id}},
        "missing": {"status": "ok"},
    }
    return styles[style]


def result(task: Task, state: State, video: Content | None, body: str, progress: str) -> Content:
    """Return the body of a poll; a sparse one has only the required member and the video."""
    shown = 0 if progress == "zero" else state.progress
    task_body = {
        "task_id": task.id,
        "task_type": "IMG_TO_VIDEO" if task.order.image else "TXT_TO_VIDEO",
        "status": state.status.value,
        "reason": state.reason,
        "eta": state.eta,
        "progress_percent": shown,
    }
    videos = [video] if video else []
    if body == "sparse":
        return {"task": task_body, "videos": videos} if videos else {"task": task_body}
    return {"extra": _extra(task, state), "task": task_body, "images": [], "videos": videos, "audios": []}


def _extra(task: Task, state: State) -> Content:
    return {
        "seed": str(task.seed) if state.status is Status.SUCCEED else "",
        "debug_info": {
            "request_info": "",
            "submit_time_ms": _milliseconds(task.accepted_at),
            "execute_time_ms": _milliseconds(state.started_at),
            "complete_time_ms": _milliseconds(state.ended_at),
        },
    }


def _milliseconds(moment: float | None) -> str:
    """Format a time as documented, as a string that is empty if unknown."""
    return "" if moment is None else str(int(moment * 1000))


def video(url: str, ttl: int) -> Content:
    return {"video_url": url, "video_url_ttl": str(ttl), "video_type": "mp4"}


def modify(content: Content, name: str, argument: str) -> Content:
    """Return the body with one documented deviation; the argument is a status word."""
    modified = deepcopy(content)
    if modified["task"] is None:  # already replaced by another modifier
        return modified
    _MODIFIERS[name](modified, argument)
    return modified


def _word(content: Content, word: str) -> None:
    content["task"]["status"] = word


def _unknown_status(content: Content, _: str) -> None:
    _word(content, "TASK_STATUS_HIBERNATING")


def _lower_case(content: Content, _: str) -> None:
    _word(content, content["task"]["status"].lower())


def _short_word(content: Content, _: str) -> None:
    _word(content, content["task"]["status"].removeprefix("TASK_STATUS_"))


def _null_videos(content: Content, _: str) -> None:
    content["videos"] = None


def _missing_videos(content: Content, _: str) -> None:
    content.pop("videos", None)


def _no_url(content: Content, _: str) -> None:
    for each in content.get("videos") or []:
        each["video_url"] = ""


def _back(content: Content, _: str) -> None:
    content["task"].update(status=Status.PROCESSING.value, progress_percent=50, reason="")
    content["videos"] = []


def _stuck(content: Content, _: str) -> None:
    content["task"]["progress_percent"] = 0


def _strings(content: Content, _: str) -> None:
    for name in ("eta", "progress_percent"):
        content["task"][name] = str(content["task"][name])


def _extra_fields(content: Content, _: str) -> None:
    content["request_id"] = "r-1"
    content["task"]["sub_tasks"] = [{"status": "TASK_STATUS_FAILED", "task_id": "another"}]


def _null_task(content: Content, _: str) -> None:
    content["task"] = None


_MODIFIERS: dict[str, Callable[[Content, str], None]] = {
    "word": _word,
    "unknown-status": _unknown_status,
    "lower-case": _lower_case,
    "short-word": _short_word,
    "null-videos": _null_videos,
    "missing-videos": _missing_videos,
    "no-url": _no_url,
    "back": _back,
    "stuck": _stuck,
    "strings": _strings,
    "extra-fields": _extra_fields,
    "null-task": _null_task,
    # The duplicate key is added to the JSON text; the content is unchanged.
    "duplicate-keys": lambda content, _: None,
}
