"""A change is noticed by a test that fails, a slow one is cut, and no file is touched."""

from pathlib import Path

from tools.mutants.runner import NOTHING_RAN, SURVIVED, Job, run

TEST = "from {0} import rule\n\n\ndef test_rule():\n    assert rule() == 1\n"


def _statuses(folder: Path, name: str, *sources: str | None, seconds: float = 60) -> list[int | None]:
    module = folder / f"{name}.py"
    module.write_text("def rule():\n    return 1\n")
    test = folder / f"test_{name}.py"
    test.write_text(TEST.format(name))
    (folder / "conftest.py").write_text(f"import sys\nsys.path.insert(0, {str(folder)!r})\n")
    statuses: dict[int, int | None] = {}
    run(
        [Job(module, source, (str(test),), seconds) for source in sources],
        2,
        lambda number, status, seconds: statuses.update({number: status}),
    )
    assert module.read_text() == "def rule():\n    return 1\n"
    return [statuses[number] for number in sorted(statuses)]


def test_a_change_is_noticed_by_a_test_that_fails_and_by_no_other(tmp_path: Path) -> None:
    same, other, broken = "def rule():\n    return 3 - 2\n", "def rule():\n    return 2\n", "raise OSError\n"
    unchanged, survived, noticed, stopped = _statuses(tmp_path, "the_changed_module", None, same, other, broken)
    assert (unchanged, survived) == (SURVIVED, SURVIVED)
    assert {noticed, stopped} & {SURVIVED, NOTHING_RAN, None} == set()


def test_a_change_that_hangs_is_cut(tmp_path: Path) -> None:
    assert _statuses(tmp_path, "the_hanging_module", "while True:\n    pass\n", seconds=0.2) == [None]
