"""`videos reindex`: have the sweep list every video by its state again."""

import argparse
from typing import Any

from cliprelay.aws.table import Table
from cliprelay.steps.sweep_listing import AFTER, OUTLIVED, SEEN_AT
from cliprelay.video.listing import LISTED_AT, SWEEP
from operate.deployment import Deployment
from operate.parser import add_command

EPILOG = "Needed only if videos are missing from a list by state: the sweep notices that an earlier version has run.\n"
EPILOG += "Example:\n  .venv/bin/python -m operate videos reindex"


def add_reindex(commands: Any) -> None:
    """Register `videos reindex`."""
    add_command(commands, "reindex", reindex, purpose="have the sweep list every video by its state again", epilog=EPILOG)


def reindex(args: argparse.Namespace, deployment: Deployment) -> None:
    """Remove the sweep's notes, and its lease, so that a sweep under way does not write them again."""
    gone = dict.fromkeys((SEEN_AT, AFTER, LISTED_AT, "holder"))
    Table(deployment.client("dynamodb"), deployment.output("VideosTableName")).update(SWEEP, gone, "", {})
    minutes = int(OUTLIVED.total_seconds() / 60)
    print(f"The sweep begins in {minutes} minutes, and rewrites up to 5,000 records a minute. Until then, lists by state read all records.")
