"""Build with `sam build`, check all layers, and ask every handler; one line per part.

Exit status 1: something is wrong, and the lines say what; 2: a tool is missing."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from local.lambda_runtime.sandbox import environment
from local.stack.context import Function
from tools.build_check import layers
from tools.build_check.functions import Build, BuiltFunction, ask, read, runtime
from tools.build_check.questions import Question, keyless, with_aws
from tools.build_check.service import local_service

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / ".aws-sam/build"

# A layer without bytecode has a thousand complaints, all of one kind.
SHOWN = 5


class ToolMissing(Exception):
    """A tool that the build needs is not there; the message says how to get it."""


def main(argv: list[str]) -> int:
    """Build, unless `--built` says that it was done, and check what was built."""
    try:
        python = find_python(runtime(ROOT / "template.yaml"))
        if "--built" not in argv:
            build()
    except ToolMissing as missing:
        write(str(missing))
        return 2
    except subprocess.CalledProcessError as failed:
        write(f"`sam build` failed with status {failed.returncode}; its last lines say why.")
        return 1
    built = read(BUILT)
    complaints = [*check_layers(built, python), *check_functions(built, python)]
    write(f"{len(complaints)} complaints." if complaints else "What would be deployed works.")
    return 1 if complaints else 0


def find_python(runtime: str) -> str:
    """Return the path of the functions' Python."""
    path = shutil.which(runtime)
    # pyenv has a command for every Python that it knows, which fails when that one is not selected.
    if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return path
    raise ToolMissing(f"{runtime} is not on the PATH. The functions run on it, so `sam build` compiles and tests with it.")


def build() -> None:
    """Run `sam build` without what a surrounding make passes on, which would reach the layers' Makefiles."""
    if shutil.which("sam") is None:
        raise ToolMissing("sam is not on the PATH. Install the AWS SAM CLI: `pip install aws-sam-cli` in an environment of its own.")
    kept = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    subprocess.run(["sam", "build"], cwd=ROOT, env={"SAM_CLI_TELEMETRY": "0"} | kept, check=True)  # noqa: S607 - sam of the PATH


def check_layers(built: Build, python: str) -> list[str]:
    """Write a line per layer, with its size, and return all complaints."""
    found = []
    for name, folder in built.layers.items():
        problems = list(layers.complaints(folder, python))
        report(name, problems, f"{layers.size(folder) / 1e6:.1f} MB, compiled")
        found += problems
    for complaint in (*_shared_too_large(built), *_functions_too_large(built)):
        found.append(complaint)
        write(complaint)
    return found


def _shared_too_large(built: Build) -> Iterator[str]:
    shared = {folder for folder in built.layers.values() if all(folder in function.layers for function in built.functions)}
    together = layers.size(*shared)
    if together > layers.LARGEST:
        yield f"the layers of all functions have {together / 1e6:.1f} MB unpacked, more than {layers.LARGEST / 1e6:.0f} MB"


def _functions_too_large(built: Build) -> Iterator[str]:
    for function in built.functions:
        together = layers.size(function.folder, *function.layers)
        if together > layers.LARGEST_FUNCTION:
            limit = layers.LARGEST_FUNCTION / 1e6
            yield f"{function.name} has {together / 1e6:.1f} MB unpacked with its layers, more than Lambda's {limit:.0f} MB"


def check_functions(built: Build, python: str) -> list[str]:
    """Write a line per function, with the processor time of its import, and return all complaints."""
    if not layers.run_here():
        write("The functions are not asked: their layers are for Linux on x86_64.")
        return []
    found = []
    with local_service(ROOT) as (variables, api_key, endpoint), tempfile.TemporaryDirectory() as temporary:
        # First as it is deployed, where an empty endpoint means AWS; then with the local service's AWS.
        for title, asked, url in (
            ("As deployed, without AWS:", keyless(ROOT), ""),
            ("With the AWS of the local service:", with_aws(ROOT, api_key), endpoint),
        ):
            write(title)
            for function in built.functions:
                if url or function.name in asked:
                    given = environment(_described(function, variables, built.runtime), url, temporary)
                    found += _asked(function, asked.get(function.name, []), python, given)
    return found


def _asked(function: BuiltFunction, questions: list[Question], python: str, variables: dict[str, str]) -> list[str]:
    outcome = ask(function, questions, python, variables)
    names = ", ".join(question.name for question in questions if question.name)
    seconds = f"{outcome.seconds:.2f} s of processor time to import" if outcome.seconds is not None else ""
    report(function.name, outcome.complaints, f"{seconds}; answered {names}" if names else seconds)
    return outcome.complaints


def _described(function: BuiltFunction, variables: dict[str, dict[str, str]], runtime: str) -> Function:
    """Return a built function with the variables that the local stack gives it."""
    return Function(
        logical_id=function.name,
        name=function.name,
        handler=function.handler,
        folder=function.folder,
        layers=tuple(function.layers),
        variables=variables[function.name],
        timeout=60,
        memory=1024,
        runtime=runtime,
    )


def report(name: str, complaints: list[str], fine: str) -> None:
    """Write what is wrong with a part, or what was found."""
    write(f"  {name:<20} {fine if not complaints else ''}".rstrip())
    for complaint in complaints[:SHOWN]:
        write(f"    {complaint}")
    if len(complaints) > SHOWN:
        write(f"    and {len(complaints) - SHOWN} more")


def write(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
