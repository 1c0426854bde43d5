"""A built handler is imported with its own folder and its layers alone, and its answers are compared."""

import compileall
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest

from tools.build_check.functions import BuiltFunction, Outcome, ask, read, runtime
from tools.build_check.questions import Question

TEMPLATE = """
Globals: {Function: {Runtime: python3.13, Handler: app.handler, Layers: [!Ref Code]}}
Resources:
  Code: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: Code}}
  More: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: More}}
  PollFunction: {Type: AWS::Serverless::Function, Properties: {CodeUri: PollFunction}}
  ApiFunction: {Type: AWS::Serverless::Function, Properties: {CodeUri: ApiFunction, Handler: door.enter, Layers: [!Ref More]}}
  Videos: {Type: AWS::DynamoDB::Table}
"""


def asked(folder: Path, handler: str, expected: object = None, *, compiled: bool = True) -> Outcome:
    """Return the outcome of a handler that is asked one event, with a layer that has the module `layered`."""
    layer, code = folder / "Layer/python", folder / "PollFunction"
    for name in (layer, code):
        name.mkdir(parents=True)
    (layer / "layered.py").write_text("word = 'done'\n")
    if compiled:
        assert compileall.compile_dir(layer, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    (code / "app.py").write_text(handler)
    function = BuiltFunction("PollFunction", code, [folder / "Layer"], "app.handler")
    return ask(function, [Question({"n": 1}, {"next": "done"})], sys.executable, {"SETTING": "done"})


FINE = "import layered\nprint('a log line')\ndef handler(event, context): return {'next': layered.word, 'wait': event['n']}\n"


def test_a_handler_that_answers_as_expected_is_accepted_with_the_time_of_its_import(tmp_path: Path) -> None:
    outcome = asked(tmp_path, FINE)
    assert outcome.complaints == []
    assert outcome.seconds is not None


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        ("import absent", "failed: ModuleNotFoundError: No module named 'absent'"),
        # Installed for the tests, and in no layer.
        ("import pytest", "failed: ModuleNotFoundError: No module named 'pytest'"),
        # The repository's own folder must not be found either.
        ("import tools", "failed: ModuleNotFoundError: No module named 'tools'"),
        ("def handler(event, context): return {'next': 'wait'}", "answered {'next': 'wait'}, not {'next': 'done'}"),
        ("def handler(event, context): return None", "answered None, not {'next': 'done'}"),
        ("def handler(event, context): raise ValueError('no video')", "failed: ValueError: no video"),
        ("import os\ndef handler(event, context): return {'next': os.environ['HOME']}", "failed: KeyError: 'HOME'"),
    ],
)
def test_a_handler_that_fails_or_answers_differently_is_named_with_its_reason(tmp_path: Path, handler: str, words: str) -> None:
    outcome = asked(tmp_path, handler)
    assert outcome.complaints == [words]


@pytest.mark.parametrize("lazily", [False, True])
def test_a_layer_that_is_compiled_at_the_start_or_by_the_first_request_is_named(tmp_path: Path, lazily: bool) -> None:
    handler = "def handler(event, context):\n    import layered\n    return {'next': layered.word}\n" if lazily else FINE
    assert asked(tmp_path, handler, compiled=False).complaints == ["compiled 1 files of its layers, such as layered.py"]


def test_a_handler_sees_the_given_variables(tmp_path: Path) -> None:
    assert asked(tmp_path, "import os\ndef handler(event, context): return {'next': os.environ['SETTING']}").complaints == []


def test_a_function_that_nobody_asks_is_named(tmp_path: Path) -> None:
    (complaint,) = ask(BuiltFunction("NewFunction", tmp_path, [], "app.handler"), [], sys.executable, {}).complaints
    assert "tools/build_check/questions.py" in complaint


def test_a_build_is_read_with_what_a_function_overrides(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    built = read(tmp_path)
    assert built.layers == {"Code": tmp_path / "Code", "More": tmp_path / "More"}
    assert built.functions == [
        BuiltFunction("PollFunction", tmp_path / "PollFunction", [tmp_path / "Code"], "app.handler"),
        BuiltFunction("ApiFunction", tmp_path / "ApiFunction", [tmp_path / "Code", tmp_path / "More"], "door.enter"),
    ]
    assert runtime(tmp_path / "template.yaml") == built.runtime == "python3.13"
