"""What the run consumed, compared with what docs/money.md says one video costs."""

import time
from datetime import UTC, datetime
from typing import Any

from tests.cloud_check.registry import Need, Stage, check, require
from tests.cloud_check.run import Run
from tests.support.documents import TEXTS, table

TABLES = ("VideosTable", "KeysTable", "WebhooksTable")
FUNCTIONS = ("ApiFunction", "SubmitFunction", "PollFunction", "ArchiveFunction", "NotifyFunction", "DeliverFunction")
# CloudWatch publishes a minute's figures within about three.
LAG_SECONDS = 180
MINUTE = 60


def _sum(run: Run, namespace: str, metric: str, dimensions: dict[str, str]) -> float:
    """Return a metric's sum over the run."""
    found: dict[str, Any] = run.target.clients("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=run.began,
        EndTime=datetime.now(UTC),
        Period=MINUTE,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in found["Datapoints"]))


def documented(part: str) -> str:
    """Return what docs/money.md says one video takes."""
    (row,) = [row for row in table(TEXTS["docs/money.md"], "part | per video") if row[0] == part]
    return row[1]


@check(Stage.AFTER, "What a video consumed, compared with the table of docs/money.md", Need.METRICS)
def a_video_costs_what_is_documented(run: Run) -> str:
    time.sleep(LAG_SECONDS)
    videos = len(run.videos)
    require("no video was ordered", videos)
    names = [run.target.physical_id(name) for name in TABLES]
    units = {
        kind: sum(_sum(run, "AWS/DynamoDB", f"Consumed{kind}CapacityUnits", {"TableName": name}) for name in names)
        for kind in ("Read", "Write")
    }
    calls = sum(_sum(run, "AWS/Lambda", "Invocations", {"FunctionName": run.target.physical_id(name)}) for name in FUNCTIONS)
    arns = [execution["executionArn"] for execution in run.target.all_executions()]
    states = sum("stateEnteredEventDetails" in event for arn in arns for event in run.target.history(arn))
    measured = {"DynamoDB, writes": units["Write"], "DynamoDB, reads": units["Read"], "Lambda, requests": calls, "Step Functions": states}
    require("CloudWatch has no figures yet", units["Write"])
    said = [f"{part}: {total / videos:.0f} (documented: {documented(part)})" for part, total in measured.items()]
    return f"per video, of {videos} with all drills and sweeps: " + "; ".join(said)
