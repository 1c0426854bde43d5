"""The command: what it prints, its exit codes, and that it never pays twice."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from client.tests.conftest import JumpingClock
from client.tests.fake_server import API, FILM, PNG, FakeServer, reset
from cliprelay_client import Unreachable
from cliprelay_client.cli.cells import cell_len, set_cell_size, wrapped
from cliprelay_client.cli.main import main
from cliprelay_client.cli.output import fitted, plain
from cliprelay_client.cli.progress import Progress, line
from cliprelay_client.cli.rows import rows_of

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(at_server: FakeServer, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command against the server in memory."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_make_prints_the_file_alone_when_piped(run: Run, server: FakeServer, picture: Path) -> None:
    code, out, err = run("make", picture, "sea", "--yes")
    assert (code, out, err) == (0, f"{picture.stem}.mp4\n", "")
    assert Path(f"{picture.stem}.mp4").read_bytes() == FILM
    assert list(Path("state").glob("*.jsonl")) == []


def test_make_says_the_price_before_it_is_spent(run: Run, server: FakeServer, picture: Path) -> None:
    code, out, err = run("make", picture, "sea")
    assert (code, out) == (2, "")
    assert "$0.0487 for 4.042 s of 864x496" in err
    assert "nothing was ordered" in err
    assert server.paid == 0


@pytest.mark.parametrize("is_old", [False, True])
def test_a_limit_is_checked_before_and_by_the_server(run: Run, server: FakeServer, picture: Path, is_old: bool) -> None:
    server.is_old = is_old
    code, _, err = run("make", picture, "sea", "--max-usd", "0.04")
    assert (code, server.paid) == (3, 0)
    assert "more than --max-usd 0.04; nothing was ordered" in err
    assert run("make", picture, "sea", "--max-usd", "$0.05")[0] == 0
    limits = [json.loads(each.content).get("max_cost_usd") for each in server.requests if each.url.path == "/v1/videos" and each.content]
    assert limits == (["0.05", None] if is_old else ["0.05"])


@pytest.mark.parametrize(("status", "code"), [("failed", 4), ("canceled", 4), ("unconfirmed", 5)])
def test_an_outcome_has_its_exit_code(run: Run, server: FakeServer, picture: Path, status: str, code: int) -> None:
    server.walk = [status]
    found, out, err = run("make", picture, "sea", "--yes", "--json")
    assert found == code
    assert json.loads(out)["error"]["code"] == status
    assert err.count("\n") == 1
    assert list(Path().glob("*.mp4")) == []


def test_make_after_a_kill_continues_the_same_video(run: Run, server: FakeServer, picture: Path) -> None:
    class Killed(BaseException):
        pass

    def die(request: httpx.Request) -> httpx.Response | None:
        raise Killed

    for at in (1, 2, 3, 4):  # while ordering, watching, asking for the file, downloading
        server.after = [None] * at + [die]
        with pytest.raises(Killed):
            run("make", picture, f"sea {at}", "--yes", "-o", f"{at}.mp4")
        server.after = []
        assert run("make", picture, f"sea {at}", "--yes", "-o", f"{at}.mp4")[0] == 0
        assert server.paid == at
    assert run("make", picture, "sea 1", "--yes")[0] == 0
    assert server.paid == 5, "what is finished is not continued"


def test_ctrl_c_says_how_to_go_on(run: Run, server: FakeServer, picture: Path) -> None:
    def interrupt(request: httpx.Request) -> httpx.Response | None:
        raise KeyboardInterrupt

    server.after = [None, interrupt]
    code, _, err = run("make", picture, "sea", "--yes")
    assert code == 130
    assert "same command; it repeats the order under the same key" in err
    server.after = [None, interrupt]
    code, _, err = run("make", picture, "sea", "--yes", "-o", "my film.mp4")
    assert code == 130
    assert f"Go on with: cliprelay watch vid_{0:026d} --download -o 'my film.mp4'" in err
    assert run("watch", f"vid_{0:026d}", "--download", "-o", "my film.mp4")[:2] == (0, "my film.mp4\n")
    assert server.paid == 1


def test_bad_input_is_one_sentence_and_exit_code_2(run: Run, server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "page.png").write_text("<html>")
    cases = [
        ("make", "gone.png", "sea", "--yes"),
        ("make", "page.png", "sea", "--yes"),
        ("make",),
        ("make", "page.png", "sea", "--max-usd", "-1"),
        ("make", "page.png", "sea", "--metadata", "x"),
        ("make", "half of \udcf0 a pair", "--yes"),
        ("get", "../x"),
        ("batch", "gone.jsonl"),
        ("nonsense",),
        ("make", "https://a.example.com/x.png", "sea", "-o", "no/folder/x.mp4", "--yes"),
        ("watch", f"vid_{0:026d}", "-o", "x.mp4"),
    ]
    for words in cases:
        code, out, err = run(*words)
        assert (code, out, err.count("\n")) == (2, "", 1), (words, err)
    assert server.paid == 0


def test_a_wrong_key_and_an_old_server_are_refusals(run: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.is_old = True
    assert run("usage")[0] == 3
    assert run("cancel", f"vid_{0:026d}")[0] == 3
    monkeypatch.setenv("CLIPRELAY_API_KEY", "clr_wrong")
    code, out, err = run("list", "--json")
    assert code == 3
    assert json.loads(out)["error"]["status"] == 401
    assert "cliprelay login" in err


def test_the_other_commands_print_lines_or_json(run: Run, server: FakeServer, picture: Path) -> None:
    code, out, _ = run("submit", picture, "sea\x1b[31m", "--yes", "--metadata", "order=1", "--set", "seed=7")
    video_id = out.strip()
    assert (code, server.videos[video_id]["order"]["seed"]) == (0, 7)
    assert run("get", video_id)[1].startswith("id ")
    assert run("list")[1].split("\t")[0] == video_id
    assert json.loads(run("list", "--json")[1])["data"][0]["id"] == video_id
    assert run("link", video_id)[1].startswith(f"{API}/v1/links/")
    assert run("quote", picture, "sea")[1] == "$0.0487 for 4.042 s of 864x496\n"
    assert run("download", video_id)[1] == f"{video_id}.mp4\n"
    assert run("usage")[1] == "2026-11-27\t1\t0.0487\ntotal\t1\t0.0487\n"
    assert run("cancel", video_id)[0] == 3
    assert run("delete", video_id, "--yes")[1] == f"{video_id} deleted\n"
    assert "_CLIPRELAY_COMPLETE" in run("completion", "fish")[1]


def test_login_stores_what_the_server_accepts(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("login", "--api-key", "clr_wrong")[0] == 3
    assert not (tmp_path / "config.json").exists()
    assert run("login")[0] == 0
    assert (tmp_path / "config.json").stat().st_mode & 0o777 == 0o600
    monkeypatch.delenv("CLIPRELAY_BASE_URL")
    monkeypatch.delenv("CLIPRELAY_API_KEY")
    assert run("list")[0] == 0


# Batches


def batch_file(folder: Path, *prompts: str) -> Path:
    (folder / "a b.png").write_bytes(PNG)
    path = folder / "clips.jsonl"
    path.write_text("".join(json.dumps({"image": "a b.png", "prompt": each}) + "\n" for each in prompts))
    return path


def test_a_batch_is_ordered_once_however_often_it_runs(run: Run, server: FakeServer, tmp_path: Path) -> None:
    source = batch_file(tmp_path, "one", "two", "two")
    assert run("batch", source, "--yes")[:2] == (0, "clips-videos/a b.mp4\nclips-videos/a b-2.mp4\nclips-videos/a b-3.mp4\n")
    posts = server.calls("POST", "/v1/videos")
    batch_file(tmp_path, "zero", "one", "two", "two")
    assert run("batch", source, "--yes")[0] == 0
    assert (server.paid, server.calls("POST", "/v1/videos")) == (4, posts + 1), "a row above orders no other again"
    for path in (tmp_path / "state/batches").iterdir():
        path.unlink()
    assert run("batch", source, "--yes")[0] == 0
    assert server.paid == 4, "without its notes it asks again, under the same keys"
    assert run("batch", source, "--yes", "--variation", "night")[0] == 0
    assert server.paid == 8


def test_a_batch_says_the_sum_and_keeps_to_it(run: Run, server: FakeServer, tmp_path: Path) -> None:
    source = batch_file(tmp_path, "one", "two")
    code, _, err = run("batch", source)
    assert (code, "$0.0974 for 2 videos" in err) == (2, True)
    assert run("batch", source, "--max-usd", "0.09")[0] == 3
    assert server.paid == 0
    assert run("batch", source, "--max-usd", "0.10")[0] == 0
    batch_file(tmp_path, "one", "two", "three")
    assert run("batch", source, "--max-usd", "0.10")[0] == 3, "what was ordered before counts"
    assert server.paid == 2


def test_a_batch_with_a_bad_row_orders_nothing(run: Run, server: FakeServer, tmp_path: Path) -> None:
    source = batch_file(tmp_path, "one", "refuse me")
    code, _, err = run("batch", source, "--yes")
    assert (code, server.paid) == (3, 0)
    assert "prompt: is not liked" in err
    source.write_text('{"image": "gone.png", "prompt": "sea"}\n{"image": "a b.png"}\n')
    code, _, err = run("batch", source, "--yes")
    assert (code, server.paid) == (2, 0)
    assert "line 1: There is no file" in err
    assert "line 2: There is no prompt" in err


def test_a_batch_that_cannot_write_its_notes_goes_on_without(
    run: Run, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "no-folder"
    file.touch()
    monkeypatch.setenv("CLIPRELAY_STATE_DIR", str(file))
    source = batch_file(tmp_path, "one", "two", "three")
    assert run("batch", source, "--yes")[0] == 0
    assert run("batch", source, "--yes")[0] == 0
    assert server.paid == 3


def test_a_batch_survives_lost_answers(run: Run, server: FakeServer, tmp_path: Path) -> None:
    server.after = [None, None, reset]
    assert run("batch", batch_file(tmp_path, "one", "two"), "--yes")[0] == 0
    assert server.paid == 2


def test_the_worst_row_gives_the_exit_code(run: Run, server: FakeServer, tmp_path: Path) -> None:
    server.walk = ["failed"]
    code, out, _ = run("batch", batch_file(tmp_path, "one"), "--yes", "--json")
    assert code == 4
    assert "moderated" in json.loads(out)[0]["error"]


def test_rows_come_from_csv_and_folders(tmp_path: Path) -> None:
    batch_file(tmp_path)
    table = tmp_path / "clips.csv"
    table.write_text('image,prompt,duration,generate_audio,metadata.order\na b.png,"waves, slowly",4,no,17\na b.png,wind,,,\n', "utf-8-sig")
    first, second = rows_of(table, {})
    wanted = {"prompt": "waves, slowly", "duration": 4, "generate_audio": False, "metadata": {"order": "17"}}
    assert {name: first.fields[name] for name in wanted} == wanted
    assert "duration" not in second.fields
    (tmp_path / "a b.txt").write_text("its own prompt")
    (only,) = rows_of(tmp_path, {"prompt": "common"})
    assert only.fields["prompt"] == "its own prompt"


# Terminals


@pytest.mark.parametrize("columns", [1, 10, 20, 40, 80, 200])
def test_a_progress_line_never_wraps(columns: int) -> None:
    shown = line("submitting", 0.453, "12:31", "100/100  $104.2614", columns)
    assert cell_len(shown) <= columns
    assert columns < 40 or "45 %" in shown


def test_the_time_passes_on_a_line_that_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, clock = Terminal(), JumpingClock()
    monkeypatch.setattr("sys.stderr", screen)
    progress = Progress(is_shown=True, clock=clock)
    progress.show("making", 0.5, "2/4")
    clock.now = 61
    progress.tick()
    assert screen.getvalue().endswith("]  50 %  1:01  2/4")
    progress.trouble(Unreachable("No answer."))
    assert "no answer" in screen.getvalue().rpartition("\r")[2]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("no descriptor")


def test_a_table_fits_the_terminal(tmp_path: Path) -> None:
    rows = [["ID", "STATUS", "PROMPT"], ["vid_01", "succeeded", "\N{WATER WAVE} sea"]]
    assert fitted(rows, 80)[1] == "vid_01  succeeded  \N{WATER WAVE} sea"
    assert fitted(rows, 20) == ["ID      STATUS", "vid_01  succeeded"]
    assert set_cell_size("\N{WATER WAVE}\N{WATER WAVE}", 3) == "\N{WATER WAVE} "


@pytest.mark.parametrize("columns", [10, 40, 80])
def test_a_message_is_broken_between_words_and_commands_stay_whole(columns: int) -> None:
    text = "127.0.0.1:8787 rejects the \N{WATER WAVE} key; set the right one with `cliprelay login` or CLIPRELAY_API_KEY."
    lines = wrapped(text, columns).splitlines()
    assert " ".join(lines) == text
    assert any("`cliprelay login`" in line for line in lines)
    assert all(cell_len(line) <= columns or line.startswith("`") or " " not in line for line in lines)


def test_nothing_steers_the_terminal() -> None:
    assert plain("a\x1b[2Jb\n\x07") == "a\ufffd[2Jb\ufffd\ufffd"
