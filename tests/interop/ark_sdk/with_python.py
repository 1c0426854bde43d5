"""The vendor's Python client: one order, or a whole journey; JSON on standard input says which, JSON on standard output what came of it."""

import json
import sys
import time
from importlib import import_module
from typing import Any


def order(client: Any, given: dict[str, Any], **more: Any) -> Any:
    """Order a task as an application does."""
    image = {"type": "image_url", "image_url": {"url": given["image"]}, "role": "first_frame"}
    return client.content_generation.tasks.create(
        model=given["model"],
        content=[{"type": "text", "text": f"{given['prompt']} --rs 480p"}, image],
        duration=4,
        generate_audio=False,
        extra_headers=given["headers"],
        **more,
    )


def until(client: Any, task_id: str, *words: str) -> Any:
    """Ask until the task has one of these states."""
    while (task := client.content_generation.tasks.get(task_id=task_id)).status not in words:
        time.sleep(0.05)
    return task


def end(client: Any, task_id: str) -> Any:
    """Ask until the task has ended."""
    return until(client, task_id, "succeeded", "failed", "expired", "cancelled")


def refusal(call: Any) -> list[Any]:
    """Return the class, status, code, parameter and type of the error that a call raises."""
    try:
        call()
    except Exception as error:
        return [type(error).__name__, *(getattr(error, name, None) for name in ("status_code", "code", "param", "type"))]
    return []


def journey(client: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Create, get, list and delete, and what is refused."""
    tasks = client.content_generation.tasks
    created = order(client, given)
    again = order(client, given)
    until(client, created.id, "running", "succeeded")
    running = refusal(lambda: tasks.delete(task_id=created.id))
    task = end(client, created.id)
    listed = tasks.list(page_num=1, page_size=5, status="succeeded", task_ids=[created.id], model=given["model"])
    tasks.delete(task_id=created.id)
    waiting = order(client, {**given, "headers": {}}, extra_body={"not_before": given["later"]})
    tasks.delete(task_id=waiting.id)
    bad = {"model": given["model"], "content": [{"type": "text", "text": "Waves --dur 13"}], "extra_body": {"prompt": "x"}}
    return {
        "is_same": again.id == created.id,
        "running": running,
        "task": json.loads(task.model_dump_json()),
        "listed": [listed.total, listed.items[0].id == created.id],
        "cancelled": [tasks.get(task_id=waiting.id).status, *refusal(lambda: tasks.delete(task_id=waiting.id))],
        "gone": refusal(lambda: tasks.get(task_id=created.id)),
        "bad": refusal(lambda: tasks.create(**bad)),
        "unknown_model": refusal(lambda: tasks.create(model="seedance-9-9-251215", content=bad["content"])),
    }


def main() -> None:
    """Do what the input asks for."""
    given = json.load(sys.stdin)
    client = import_module(given["module"]).Ark(base_url=f"{given['url']}/api/v3", api_key=given["key"])
    if given["what"] == "journey":
        json.dump(journey(client, given), sys.stdout)
        return
    task = end(client, order(client, given).id)
    json.dump({"status": task.status}, sys.stdout)


if __name__ == "__main__":
    main()
