"""What is read from /proc, on a folder that looks like it."""

from pathlib import Path

from tests.load.usage import TICKS, Usage, descendants, of_group


def add_process(
    proc: Path, pid: int, parent: int, *, seconds: tuple[int, int, int, int] = (0, 0, 0, 0), pss: int = 0, threads: int = 1
) -> None:
    """Write what a process shows; its name contains what separates the fields."""
    folder = proc / str(pid)
    folder.mkdir()
    times = " ".join(str(each * TICKS) for each in seconds)
    (folder / "stat").write_text(f"{pid} (a) name (b) S {parent} 0 0 0 0 0 0 0 0 0 {times} 20 0 {threads} 0 0")
    (folder / "smaps_rollup").write_text(f"00-ff rollup\nRss: 999999 kB\nPss:     {pss * 1024} kB\nPss_Anon: 5 kB\n")


def test_the_descendants_are_found_at_every_depth_and_no_others(tmp_path: Path) -> None:
    for pid, parent in ((1, 0), (10, 1), (11, 10), (12, 11), (13, 10), (20, 1)):
        add_process(tmp_path, pid, parent)
    (tmp_path / "meminfo").write_text("")
    assert sorted(descendants(10, tmp_path)) == [11, 12, 13]


def test_the_main_process_and_the_others_are_counted_apart(tmp_path: Path) -> None:
    add_process(tmp_path, 10, 1, seconds=(1, 2, 0, 0), pss=100, threads=5)
    add_process(tmp_path, 11, 10, seconds=(4, 0, 0, 0), pss=20, threads=2)
    add_process(tmp_path, 12, 11, seconds=(0, 8, 0, 0), pss=30)
    group = of_group(10, tmp_path)
    assert group.main == Usage(cpu=3, pss=100, processes=1, threads=5)
    assert group.others == Usage(cpu=12, pss=50, processes=2, threads=3)
    assert group.whole == Usage(cpu=15, pss=150, processes=3, threads=8)


def test_the_seconds_of_ended_processes_count_as_those_of_others(tmp_path: Path) -> None:
    add_process(tmp_path, 10, 1, seconds=(1, 0, 16, 0))
    add_process(tmp_path, 11, 10, seconds=(2, 0, 0, 32))
    group = of_group(10, tmp_path)
    assert (group.main.cpu, group.others.cpu) == (1, 50)


def test_a_process_that_ends_meanwhile_uses_nothing(tmp_path: Path) -> None:
    add_process(tmp_path, 10, 1, pss=7)
    add_process(tmp_path, 11, 10)
    (tmp_path / "11" / "smaps_rollup").unlink()
    assert of_group(10, tmp_path).whole == Usage(pss=7, processes=1, threads=1)
