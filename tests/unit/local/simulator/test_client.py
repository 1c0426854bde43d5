"""A task's whole life as a customer of the simulator sees it."""

from tests.support.simulator_client import Customer, content, said


def test_a_task_queues_runs_and_succeeds_as_its_clock_goes_on() -> None:
    customer = Customer()
    task_id = customer.created()
    told = []
    for _ in range(5):
        told.append(said(customer.poll(task_id))["task"])
        customer.wait(6)
    assert [task["status"].removeprefix("TASK_STATUS_") for task in told] == ["QUEUED", *["PROCESSING"] * 3, "SUCCEED"]
    assert [task["progress_percent"] for task in told] == [0, 20, 50, 80, 100]
    assert [task["eta"] for task in told] == [0, 16, 10, 4, 0]


def test_the_finished_film_is_an_mp4_at_the_address_by_which_the_customer_came() -> None:
    customer = Customer()
    film = customer.call("GET", customer.finished())
    assert film.status == 200
    assert film.headers["Content-Type"] == "video/mp4"
    assert content(film)[4:8] == b"ftyp"


def test_a_full_answer_has_the_documented_types() -> None:
    customer = Customer()
    task_id = customer.created(seed=158881667)
    customer.wait(60)
    result = said(customer.poll(task_id))
    assert set(result) == {"extra", "task", "images", "videos", "audios"}
    assert result["extra"]["seed"] == "158881667"
    assert result["extra"]["debug_info"]["submit_time_ms"] == "1800000000000"
    assert result["extra"]["debug_info"]["complete_time_ms"] == "1800000022000"
    assert result["videos"][0]["video_url_ttl"] == "3600"
    assert result["videos"][0]["video_type"] == "mp4"


def test_a_sparse_answer_holds_the_task_alone_until_there_is_a_video() -> None:
    customer = Customer(body="sparse")
    task_id = customer.created()
    assert set(said(customer.poll(task_id))) == {"task"}
    customer.wait(60)
    assert set(said(customer.poll(task_id))) == {"task", "videos"}
