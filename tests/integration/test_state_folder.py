"""The state folder of `python -m local serve`, as a user meets it: kept, refused with a sentence, and never destroyed."""

import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from local.state.database import VERSION, Database
from local.state.folder import StateFolder
from local.state.identity import SIMULATOR, Identity
from tests.support.local_service import LocalService, StartService, eventually
from tests.support.makers import NOW
from tests.support.object_stores import durable_store, put
from tests.support.paths import ROOT
from tests.support.terminal import Keyboard

LOCAL = [sys.executable, "-m", "local"]
SERVE = [*LOCAL, "serve", "--port", "0", "--time-scale", "0.02"]
# A mount that only this process sees, which needs no privileges where user namespaces are allowed.
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def _has_namespaces() -> bool:
    return shutil.which("unshare") is not None and subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603


needs_namespaces = pytest.mark.skipif(not _has_namespaces(), reason="this system gives no user namespaces")


def _refusal(*flags: str, before: str = "") -> str:
    """Start a service that must not start; `before` is done in a mount namespace first."""
    command = [*SERVE, *flags]
    if before:
        command = [*NAMESPACE, "sh", "-c", f"{before} && exec {shlex.join(command)}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False)  # noqa: S603
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    return done.stderr.removeprefix("python -m local serve: ").rstrip("\n")


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock"}


def _kept(folder: Path, upstream: str) -> Path:
    state = StateFolder(folder, folder)
    Identity(state.database, folder).record(upstream, NOW)
    state.release()
    return folder


@pytest.fixture(scope="module")
def kept_service(start_service: StartService, tmp_path_factory: pytest.TempPathFactory) -> LocalService:
    """A service on a folder of an earlier one, from which somebody has removed a file."""
    folder = _kept(tmp_path_factory.mktemp("kept") / "state", SIMULATOR)
    store = durable_store(folder)
    (store.files.folder / put(store, "videos/gone.mp4", b"any").file).unlink()
    store.database.close()
    return start_service("--time-scale", "0.02", "--state-dir", str(folder), ephemeral=False, own_videos=True)


def _folder(service: LocalService) -> Path:
    return Path(service.ready["logs"]).parent


# A running one


def test_the_banner_says_where_the_data_is_whose_it_is_and_how_to_remove_it(kept_service: LocalService) -> None:
    folder = _folder(kept_service)
    assert f"  data           {folder}\n" in kept_service.output
    assert "The data belongs to the simulator, and remains when the service stops." in kept_service.output
    assert f"-m local state clear --state-dir {folder}\n" in kept_service.output


def test_the_first_key_is_stored_in_the_folder(kept_service: LocalService) -> None:
    assert (_folder(kept_service) / "key").read_text().strip() == kept_service.ready["api_key"]


def test_a_second_service_is_refused_and_changes_nothing(kept_service: LocalService, tmp_path: Path) -> None:
    folder, ready_file = _folder(kept_service), tmp_path / "ready.json"
    ready_file.write_text("of a killed service")
    before = {path: path.read_bytes() for path in (ready_file, kept_service.ready_file, folder / "env.json", folder / "lock")}
    said = _refusal("--state-dir", str(folder), "--ready-file", str(ready_file))
    assert said == (
        f"the state folder {folder} belongs to a running service (process {kept_service.process.pid} at {kept_service.api}); "
        "stop that one, or use another --state-dir"
    )
    assert before == {path: path.read_bytes() for path in before}
    assert not (folder / "logs" / "service.log").exists()


def test_the_folder_of_a_running_service_is_shown_and_not_cleared(kept_service: LocalService) -> None:
    folder = _folder(kept_service)
    words = [*LOCAL, "state", "show", "--json", "--state-dir", str(folder)]
    shown = json.loads(subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout)  # noqa: S603
    assert (shown["upstream"], shown["service"].endswith(f"at {kept_service.api})"), shown["problems"]) == (SIMULATOR, True, [])
    words = [*LOCAL, "state", "clear", "--yes", "--state-dir", str(folder)]
    refused = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert (refused.returncode, "belongs to a running service" in refused.stderr) == (1, True)


def test_missing_files_are_named_and_stop_nothing(kept_service: LocalService) -> None:
    folder = _folder(kept_service)
    assert kept_service.output.startswith(
        "1 stored file is missing or cut, and requests for what is missing fail. "
        f"`python -m local state show --state-dir {folder}` names it.\n"
    )
    words = [*LOCAL, "state", "show", "--state-dir", str(folder)]
    shown = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert "  missing    bucket/videos/gone.mp4\n" in shown


# What cannot be used


@pytest.mark.parametrize(
    ("upstream", "flags", "names"),
    [
        (SIMULATOR, ("--upstream-url", "https://api.example.com/v3", "--upstream-key", "k"), (SIMULATOR, "https://api.example.com")),
        ("https://api.example.com", (), ("https://api.example.com", SIMULATOR)),
        (SIMULATOR, ("--parameter", "UpstreamUrl=https://api.example.com"), (SIMULATOR, "https://api.example.com")),
    ],
)
def test_a_folder_of_another_upstream_is_refused(upstream: str, flags: tuple[str, ...], names: tuple[str, str], tmp_path: Path) -> None:
    folder = _kept(tmp_path / "state", upstream)
    said = _refusal("--state-dir", str(folder), *flags)
    assert said.startswith(f"the state folder {folder} belongs to {names[0]}, and {names[1]} does not know its videos; use another")
    assert said.endswith(f"`python -m local state clear --state-dir {folder}`")


def test_a_database_of_a_newer_version_is_refused_and_stays(tmp_path: Path) -> None:
    folder = _kept(tmp_path / "state", SIMULATOR)
    connection = sqlite3.connect(folder / "state.sqlite")
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = _contents(folder)
    assert f"was written by a newer version (format {VERSION + 1}, this one reads {VERSION}); nothing was changed" in _refusal(
        "--state-dir", str(folder)
    )
    assert _contents(folder) == before


def test_a_damaged_database_is_refused_with_what_can_still_be_done(tmp_path: Path) -> None:
    folder = _kept(tmp_path / "state", SIMULATOR)
    (folder / "state.sqlite").write_bytes(b"x" * 10000)
    before = _contents(folder)
    said = _refusal("--state-dir", str(folder))
    assert "state.sqlite is damaged and cannot be read (file is not a database); nothing was changed" in said
    assert said.endswith(f"`python -m local state show --state-dir {folder}` says what can still be read")
    assert _contents(folder) == before


def test_kept_data_is_not_hidden_by_an_ephemeral_service(tmp_path: Path) -> None:
    folder = _kept(tmp_path / "state", SIMULATOR)
    assert "holds data, which --ephemeral would leave out" in _refusal("--ephemeral", "--state-dir", str(folder))


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert "is not a state folder: it holds other files, such as notes.txt" in _refusal("--state-dir", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@needs_namespaces
def test_a_read_only_file_system_is_refused(tmp_path: Path) -> None:
    folder = _kept(tmp_path / "state", SIMULATOR)
    mount = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}"
    said = _refusal("--state-dir", str(folder), before=mount)
    assert said == f"the state folder {folder} is on a read-only file system; use another --state-dir"


@needs_namespaces
@pytest.mark.parametrize("is_used", [True, False])
def test_a_full_disk_is_refused_and_destroys_nothing(tmp_path: Path, is_used: bool) -> None:
    folder = tmp_path / "disk" / "state"
    folder.parent.mkdir()
    copy = ""
    if is_used:
        _kept(tmp_path / "used", SIMULATOR)
        copy = f"cp -r {tmp_path}/used {folder} && "
    fill = f"mount -t tmpfs -o size=200k tmpfs {folder.parent} && {copy} (cat /dev/zero > {folder.parent}/fill 2>/dev/null || true)"
    said = _refusal("--state-dir", str(folder), before=fill)
    assert "there is no space left for" in said


# The next start


def test_a_killed_service_goes_on_with_its_key_and_its_videos(start_service: StartService, tmp_path: Path) -> None:
    # So slow that the second tick of the schedule comes after every patience of a test.
    flags = ("--time-scale", "3", "--state-dir", str(tmp_path / "state"))
    first = start_service(*flags, ephemeral=False)
    order = {"image": "https://assets.example.com/a.png", "prompt": "Waves."}
    key = {"Authorization": f"Bearer {first.ready['api_key']}"}
    paid = {**key, "Prefer": "wait=20"}
    video = requests.post(f"{first.api}/v1/videos", json=order, headers=paid, timeout=60).json()
    first.process.kill()
    first.process.wait()
    second = start_service(*flags, ephemeral=False)
    assert second.ready["api_key"] == first.ready["api_key"]
    assert "  1 video goes on.\n" in second.output
    assert requests.get(f"{second.api}/v1/videos/{video['id']}", headers=key, timeout=60).json()["status"] == "running"
    eventually(lambda: "SweepRepairs" in second.log("SweepFunction"))


# The end


def _is_gone(process: int) -> bool:
    return not Path(f"/proc/{process}").exists()


def _sandboxes(service: int) -> list[int]:
    """Return the processes that a service has started."""
    return [int(word) for path in Path(f"/proc/{service}/task").glob("*/children") for word in path.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")
def test_ctrl_c_twice_ends_with_130_leaves_no_process_and_the_next_start_works(start_service: StartService, tmp_path: Path) -> None:
    state, ready = tmp_path / "state", tmp_path / "ready.json"
    keyboard = Keyboard([*SERVE, "--state-dir", str(state), "--ready-file", str(ready)])
    eventually(lambda: ready.exists() and "Press Ctrl-C to stop" in keyboard.output)
    key, sandboxes = json.loads(ready.read_text())["api_key"], _sandboxes(keyboard.process.pid)
    assert sandboxes
    keyboard.press_ctrl_c()
    eventually(lambda: "Stopping…" in keyboard.output or "Stopped." in keyboard.output)
    keyboard.press_ctrl_c()
    assert keyboard.wait() == 130
    assert keyboard.output.rstrip().endswith("Stopped.")
    assert "Traceback" not in keyboard.output
    assert not ready.exists()
    eventually(lambda: all(map(_is_gone, sandboxes)))
    Database(state / "state.sqlite").close()
    again = start_service("--time-scale", "0.02", "--state-dir", str(state), ephemeral=False, own_videos=True)
    assert (state / "key").read_text().strip() == again.ready["api_key"]
    assert key


@pytest.mark.parametrize("moment", ["its folder is locked", "its addresses are bound"])
def test_a_service_that_is_interrupted_while_it_starts_leaves_a_folder_that_can_be_used(moment: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    keyboard = Keyboard([*SERVE, "--state-dir", str(state)])
    if moment == "its folder is locked":
        eventually(lambda: (state / "state.sqlite").exists())
    else:
        eventually(lambda: (state / "lock").exists() and "http" in (state / "lock").read_text())
    os.killpg(keyboard.process.pid, signal.SIGINT)
    assert keyboard.wait() == 130
    StateFolder(state, tmp_path).release()
