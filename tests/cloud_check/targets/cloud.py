"""An AWS account: two stacks with random names, everything tagged, everything removed at the end."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from shutil import which
from typing import Any

import boto3
from botocore.config import Config

from tests.cloud_check.emulator.environments import build, run_sam
from tests.cloud_check.logs import search
from tests.cloud_check.target import Target
from tests.cloud_check.teardown import TAG, Teardown
from tests.cloud_check.upstream.ledger import Ledger, check_video
from tests.support.paths import ROOT

UPSTREAM_TEMPLATE = ROOT / "tests" / "cloud_check" / "upstream" / "template.yaml"
# Log retention and file retention of a day: what a removal should miss costs nothing for long.
PARAMETERS = ("RetentionDays=1", "LogRetentionDays=1", "CorsAllowOrigin=https://app.example.com")
CLIENT = Config(retries={"mode": "standard", "total_max_attempts": 5})

Say = Callable[[str], None]


@contextmanager
def cloud(say: Say, *, region: str, profile: str | None, yes: bool, keep: bool) -> Iterator[Target]:
    """Yield an account that is ready for the deployment; whatever happens, remove what was created."""
    session = boto3.Session(region_name=region, profile_name=profile)
    account = session.client("sts").get_caller_identity()["Account"]
    say(f"account {account}, region {region}")
    if not yes:
        say("nothing was created: repeat with --yes to deploy two stacks into this account and remove them again")
        raise SystemExit(2)
    if which("sam") is None:
        raise SystemExit('the SAM CLI is not on the PATH; see docs/deploy.md, "What you need"')
    clients = _clients(session)
    run = f"{TAG}-{token_hex(4)}"
    say(f"run {run}")
    with tempfile.TemporaryDirectory(prefix="cloud-check-") as folder:
        deployment = Deployment(session, clients, run, Path(folder), say)
        target = deployment.target(account)
        try:
            yield target
        finally:
            if keep:
                target.notes.append("Kept; remove it with `--remove RUN`.")
                say(f"kept: remove it with --region {region} --remove {run} --yes")
            else:
                target.notes.extend(Teardown(clients, run, say).remove())


def _clients(session: boto3.Session) -> Callable[[str], Any]:
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, config=CLIENT)  # type: ignore[call-overload]  # typed for literals only
        return made[service]

    return client


@dataclass(frozen=True)
class Deployment:
    """Creates the artifacts' bucket, then the upstream, then ClipRelay in front of it."""

    session: boto3.Session
    clients: Callable[[str], Any]
    run: str
    folder: Path
    say: Say

    @property
    def bucket(self) -> str:
        return f"{self.run}-artifacts"

    def target(self, account: str) -> Target:
        """Return the target before it is deployed."""
        flags = ["--stack", self.run, "--region", self.session.region_name]
        flags += ["--profile", self.session.profile_name] if self.session.profile_name != "default" else []
        return Target(
            name=f"AWS in {self.session.region_name}",
            stack=self.run,
            clients=self.clients,
            operate_flags=tuple(flags),
            upstream_url="",
            ledger=Ledger(None),
            upstream_key=token_hex(16),
            private=[account, self.run],
            read_logs=search,
            template_url=self.upload_template,
            deploy=self.deploy,
        )

    def upload_template(self, path: Path) -> str:
        """Return the URL of a template: CloudFormation takes larger ones from S3 alone."""
        self._create_bucket()
        self.clients("s3").put_object(Bucket=self.bucket, Key=path.name, Body=path.read_bytes())
        return f"https://{self.bucket}.s3.{self.session.region_name}.amazonaws.com/{path.name}"

    def deploy(self, target: Target) -> None:
        """Deploy both stacks, and let the target know them."""
        self._create_bucket()
        upstream = f"{self.run}-upstream"
        self.say("sam deploy of the upstream")
        run_sam(self.command(UPSTREAM_TEMPLATE, upstream))
        outputs = self.clients("cloudformation").describe_stacks(StackName=upstream)["Stacks"][0]["Outputs"]
        found = {output["OutputKey"]: output["OutputValue"] for output in outputs}
        self.clients("s3").put_object(Bucket=found["BucketName"], Key="video.mp4", Body=check_video(), ContentType="video/mp4")
        target.upstream_url = found["Url"]
        target.ledger = Ledger(self.session.resource("dynamodb").Table(found["TableName"]))
        target.ledger.accept_key(target.upstream_key)
        target.private += [found["Url"].removeprefix("https://"), target.upstream_key]
        built = build("sam", self.folder, self.say)
        self.say("sam deploy of ClipRelay")
        run_sam(self.command(built, self.run, f"UpstreamUrl={found['Url']}", *PARAMETERS))

    def command(self, template: Path, stack: str, *parameters: str) -> list[str]:
        """Return `sam deploy` with every setting, so that no configuration file has a say."""
        settings = self.folder / "samconfig.toml"
        settings.write_text("version = 0.1\n")
        command = ["sam", "deploy", "--config-file", str(settings), "--template-file", str(template), "--stack-name", stack]
        command += ["--region", self.session.region_name, "--s3-bucket", self.bucket, "--s3-prefix", stack]
        command += ["--profile", self.session.profile_name] if self.session.profile_name != "default" else []
        command += ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar", "--tags", f"{TAG}={self.run}"]
        return [*command, "--parameter-overrides", *parameters] if parameters else command

    def _create_bucket(self) -> None:
        s3, region = self.clients("s3"), self.session.region_name
        if self.bucket in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
            return
        # The one region that must not be named.
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=self.bucket, **where)
        s3.put_bucket_tagging(Bucket=self.bucket, Tagging={"TagSet": [{"Key": TAG, "Value": self.run}]})


def remove(say: Say, *, region: str, profile: str | None, run: str, yes: bool) -> int:
    """Remove what a run has left; exit status 1 if something is left all the same."""
    session = boto3.Session(region_name=region, profile_name=profile)
    say(f"account {session.client('sts').get_caller_identity()['Account']}, region {region}, run {run}")
    if not yes:
        say("nothing was removed: repeat with --yes")
        return 2
    notes = Teardown(_clients(session), run, say).remove()
    for note in notes:
        say(note)
    return 1 if any(note.startswith("LEFT") for note in notes) else 0
