"""The bodies of the upstream's answers, and the ways in which a body can be odd."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from local.simulator.tasks.task import State, Status, Task

Content = dict[str, Any]


def created(task_id: str, style: str) -> Content:
    """The create answer: MyRouter documents `id`, its relatives `task_id`."""
    styles: dict[str, Content] = {
        "id": {"id": task_id},
        "task_id": {"task_id": task_id},
        "both": {"id": task_id, "task_id": task_id},
        "nested": {"data": {"task_id": task_id}},
        "missing": {"status": "ok"},
    }
    return styles[style]


def result(task: Task, state: State, video: Content | None, body: str, progress: str) -> Content:
    """The poll answer; sparse bodies hold the one member that is documented as required, and the video."""
    shown = 0 if progress == "zero" else state.progress
    told = {
        "task_id": task.id,
        "task_type": "IMG_TO_VIDEO" if task.order.image else "TXT_TO_VIDEO",
        "status": state.status.value,
        "reason": state.reason,
        "eta": state.eta,
        "progress_percent": shown,
    }
    videos = [video] if video else []
    if body == "sparse":
        return {"task": told, "videos": videos} if videos else {"task": told}
    return {"extra": _extra(task, state), "task": told, "images": [], "videos": videos, "audios": []}


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
    """A string, as documented; empty while there is none."""
    return "" if moment is None else str(int(moment * 1000))


def video(url: str, ttl: int) -> Content:
    return {"video_url": url, "video_url_ttl": str(ttl), "video_type": "mp4"}


def dress(content: Content, name: str, argument: str) -> Content:
    """The same answer with one documented oddity; the argument is a status word."""
    dressed = deepcopy(content)
    if dressed["task"] is None:  # undressed already
        return dressed
    _DRESSINGS[name](dressed, argument)
    return dressed


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


_DRESSINGS: dict[str, Callable[[Content, str], None]] = {
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
    # The text of the answer is what doubles its key; the content stays.
    "duplicate-keys": lambda content, _: None,
}
