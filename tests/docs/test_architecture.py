"""docs/architecture.md draws the states, answers and rooms that there are."""

import re
import tomllib
from pathlib import Path

from cliprelay.video.states import MOVES, TERMINAL, Status
from tests.support.documents import TEXTS, blocks, names, table
from tests.support.paths import ROOT

ARCHITECTURE = TEXTS["docs/architecture.md"]
PACKAGE = ROOT / "layers/cliprelay/python/cliprelay"
SOURCE = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
(STATES,) = (block for block in blocks(ARCHITECTURE, "mermaid") if block.startswith("stateDiagram"))
(WALK,) = (block for block in blocks(ARCHITECTURE, "mermaid") if block.startswith("flowchart"))


def test_the_diagram_of_states_draws_every_move_and_no_other() -> None:
    arrows = re.findall(r"^  (\S+) --> (\S+)$", STATES, re.MULTILINE)
    real = {(source.value, target.value) for source, targets in MOVES.items() for target in targets}
    ends = {(status.value, "[*]") for status in TERMINAL}
    assert len(arrows) == len(set(arrows))
    assert set(arrows) == real | ends | {("[*]", Status.QUEUED.value)}


def test_the_walk_draws_every_step() -> None:
    steps = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert set(re.findall(r'\b([a-z]+)\["\1: ', WALK)) | set(re.findall(r'\b([a-z]+)\["', WALK)) == steps


def test_the_rooms_are_those_of_the_package() -> None:
    shown = [name for row in table(ARCHITECTURE, "room | subject") for name in names(row[0])]
    real = {f"{path.name}/" for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    real |= {path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py"}
    assert sorted(shown) == sorted(real)


def test_the_rooms_stand_in_the_order_of_the_import_rules() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (floors,) = (contract["layers"] for contract in contracts if contract["name"] == "Arrows run one way")
    floor_of = {room.strip(): number for number, floor in enumerate(floors) for room in floor.split("|")}
    shown = [Path(name).stem for row in table(ARCHITECTURE, "room | subject") for name in names(row[0])]
    assert [floor_of[room] for room in shown] == sorted(floor_of[room] for room in shown)


def test_every_code_in_the_tables_of_answers_is_one_of_the_source() -> None:
    rows = [*table(ARCHITECTURE, "answer | class | what follows |"), *table(ARCHITECTURE, "answer | what follows |")]
    codes = {name for row in rows for name in names(row[-1]) if name not in {status.value for status in Status}}
    assert len(codes) > 10
    assert [code for code in codes if f'"{code}"' not in SOURCE] == []
