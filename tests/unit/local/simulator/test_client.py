"""The life of a task, as seen by a client."""

from tests.support.simulator_client import SimulatorClient, content, read_json


def test_a_task_queues_runs_and_succeeds_with_time() -> None:
    client = SimulatorClient()
    task_id = client.created()
    told = []
    for _ in range(5):
        told.append(read_json(client.poll(task_id))["task"])
        client.wait(6)
    assert [task["status"].removeprefix("TASK_STATUS_") for task in told] == ["QUEUED", *["PROCESSING"] * 3, "SUCCEED"]
    assert [task["progress_percent"] for task in told] == [0, 20, 50, 80, 100]
    assert [task["eta"] for task in told] == [0, 16, 10, 4, 0]


def test_the_finished_video_is_an_mp4_on_the_clients_host() -> None:
    client = SimulatorClient()
    video = client.request("GET", client.finished())
    assert video.status == 200
    assert video.headers["Content-Type"] == "video/mp4"
    assert content(video)[4:8] == b"ftyp"


def test_a_full_response_has_the_documented_types() -> None:
    client = SimulatorClient()
    task_id = client.created(seed=158881667)
    client.wait(60)
    result = read_json(client.poll(task_id))
    assert set(result) == {"extra", "task", "images", "videos", "audios"}
    assert result["extra"]["seed"] == "158881667"
    assert result["extra"]["debug_info"]["submit_time_ms"] == "1800000000000"
    assert result["extra"]["debug_info"]["complete_time_ms"] == "1800000022000"
    assert result["videos"][0]["video_url_ttl"] == "3600"
    assert result["videos"][0]["video_type"] == "mp4"


def test_a_sparse_response_contains_only_the_task_until_there_is_a_video() -> None:
    client = SimulatorClient(body="sparse")
    task_id = client.created()
    assert set(read_json(client.poll(task_id))) == {"task"}
    client.wait(60)
    assert set(read_json(client.poll(task_id))) == {"task", "videos"}
