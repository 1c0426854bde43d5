"""`python -m tests.simulation.downloads.memory`: what a video of 5 MB, and one at the size cap, cost Archive in memory and disk."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cliprelay.video.states import Status
from tests.simulation.downloads.archive_aws import BUCKET, SPEND, TABLE, SmallAws
from tests.simulation.downloads.long_videos import LongVideos, sha256_of
from tests.support.certificates import Certificates
from tests.support.makers import any_video

# The template's EphemeralStorage, of which settings.py leaves a tenth to Lambda.
STORAGE_MB = 1_024
AT_THE_CAP = STORAGE_MB * 900_000
SMALL = 5_000_000
_CHILD = Path(__file__).with_name("one_archive.py")


@dataclass(frozen=True)
class Measured:
    """One Archive in a process of its own; memory in bytes, `left` counts files that outlived it."""

    size: int
    status: str
    before: int
    peak: int
    left: int
    is_the_video: bool
    headers: dict[str, str]


def measure(size: int, *, storage_mb: int = STORAGE_MB) -> Measured:
    """Let Archive fetch a video of that many bytes, and store it."""
    with TemporaryDirectory(prefix="cliprelay-memory-") as folder, LongVideos() as videos:
        certificates = Certificates(Path(folder), "localhost")
        temporary = Path(folder) / "tmp"
        temporary.mkdir()
        with SmallAws(certificates.context("good")) as aws:
            video = any_video(status=Status.ARCHIVING, claim="any", upstream_id="task-1", upstream_url=videos.link(size))
            aws.put_video(video)
            told = _archive(video.id, _environment(aws.url, certificates.believed, temporary, storage_mb))
            put = aws.puts[-1] if aws.puts else None
            left = len(list(temporary.iterdir())) + told["unlinked"]
            whole = put is not None and (put.bytes, put.sha256) == (size, sha256_of(size))
            headers = put.headers if put else {}
            return Measured(size, aws.status_of(video.id), told["before"], told["peak"], left, whole, headers)


def _environment(aws: str, believed: Path, temporary: Path, storage_mb: int) -> dict[str, str]:
    """What template.yaml gives the function, and what leads it here."""
    given = {
        "VIDEOS_TABLE": TABLE,
        "SPEND_TABLE": SPEND,
        "VIDEO_BUCKET": BUCKET,
        "ADDRESS_RULES": "loopback",
        "ALLOWED_PORTS": "443",
        "RETENTION_DAYS": "30",
    }
    known = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
    here = {"AWS_ENDPOINT_URL": aws, "AWS_CA_BUNDLE": str(believed), "TMPDIR": str(temporary), "PATH": os.environ["PATH"]}
    return {**given, **known, **here, "EPHEMERAL_STORAGE_MB": str(storage_mb), "POWERTOOLS_SERVICE_NAME": "cliprelay"}


def _archive(video_id: str, environment: dict[str, str]) -> dict[str, int]:
    done = subprocess.run([sys.executable, str(_CHILD), video_id], env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    told: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    """A line for each video."""
    sys.stdout.write("video in bytes · then · memory before · at its peak · temporary files left · stored bytes are the video\n")
    for size in (SMALL, AT_THE_CAP, AT_THE_CAP + 1):
        seen = measure(size)
        memory = f"{seen.before / 1e6:.1f} MB · {seen.peak / 1e6:.1f} MB"
        sys.stdout.write(f"{seen.size} · {seen.status} · {memory} · {seen.left} · {'yes' if seen.is_the_video else 'nothing was stored'}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
