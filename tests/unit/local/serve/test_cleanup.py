"""What was started is stopped in reverse order, and the part that takes long has a name."""

from local.serve.cleanup import Cleanup


class ApiServer:
    def __init__(self, stopped: list[str], cleanup: Cleanup) -> None:
        self._stopped, self._cleanup = stopped, cleanup

    def stop(self, name: str) -> None:
        self._stopped.append(f"{name}: {self._cleanup.current}")


def test_parts_are_stopped_in_reverse_order_under_their_names() -> None:
    stopped: list[str] = []
    cleanup = Cleanup()

    def stop_all() -> None:
        stopped.append(cleanup.current)

    assert cleanup.current == "nothing"
    cleanup.callback(stop_all)
    cleanup.callback(ApiServer(stopped, cleanup).stop, "second")
    cleanup.close()
    assert stopped[0] == "second: api server"
    assert stopped[1].endswith("parts are stopped in reverse order under their names")


def test_every_part_is_stopped_even_if_one_fails() -> None:
    stopped: list[str] = []
    cleanup = Cleanup()
    cleanup.callback(stopped.append, "first")
    cleanup.callback(stopped.index, "missing")
    try:
        cleanup.close()
    except ValueError:
        stopped.append("passed on")
    assert stopped == ["first", "passed on"]
