"""No log and no history shows a prompt, a signature or a key."""

from tests.cloud_check.registry import Refuted, Stage, check, require
from tests.cloud_check.run import Run

# A presigned URL, of S3 or of the upstream.
SIGNED = "X-Amz-Signature"
# Of a whole run; enough to see that the search reads the logs at all.
SIGN_OF_LIFE = "video_id"


def _forbidden(run: Run) -> list[str]:
    return [run.marker, SIGNED, run.target.upstream_key, *sorted(set(run.secrets))]


@check(Stage.AFTER, "No log shows a prompt, a signed URL or a key")
def the_logs_are_silent(run: Run) -> str:
    require("the logs cannot be read", run.target.read_logs)
    found = run.target.read_logs(run.target, [SIGN_OF_LIFE, *_forbidden(run)])  # type: ignore[misc]
    if not found[SIGN_OF_LIFE]:
        raise Refuted(f"the search itself finds nothing: no line with {SIGN_OF_LIFE}")
    seen = {word: lines for word, lines in found.items() if word != SIGN_OF_LIFE and lines}
    # The word itself must not reach the report; where it stands must.
    require(
        f"{len(seen)} of {len(found) - 1} words were found, in {sorted({line[:60] for lines in seen.values() for line in lines})}", not seen
    )
    return f"{len(found) - 1} words searched, 0 found; lines with {SIGN_OF_LIFE}: {len(found[SIGN_OF_LIFE])}"


@check(Stage.AFTER, "No history of an execution shows a prompt, a signed URL or a key")
def the_histories_are_silent(run: Run) -> str:
    words, events, seen = _forbidden(run), 0, set()
    executions = run.target.all_executions()
    for execution in executions:
        for event in run.target.history(execution["executionArn"]):
            events += 1
            text = str(event)
            seen |= {execution["name"] for word in words if word in text}
    require(f"the histories of {sorted(seen)} show one", not seen)
    require("no history was read", events)
    return f"{events} events of {len(executions)} executions, 0 found"
