"""What AWS charges for the counts of a video: list prices of us-east-1, without any free tier, as docs/money.md quotes them."""

from dataclasses import dataclass

from tests.bench.walk import Walked
from tests.simulation.runtime import deployment

AS_OF = "2026-11-22"
THOUSAND = 1_000
# Dollars for one, in the unit that the bill counts.
TRANSITION = 0.025 / THOUSAND
GB_SECOND = 0.0000166667
MILLION = 1_000_000
INVOCATION = 0.20 / MILLION
WRITE_UNIT, READ_UNIT = 0.625 / MILLION, 0.125 / MILLION
PUBLISH, EMAIL = 0.50 / MILLION, 2 / 100_000
SECRET_READ, KMS_CALL = 0.05 / 10_000, 0.03 / 10_000
S3_WRITE, S3_READ = 5 / MILLION, 0.40 / MILLION
# Assumed: a poll in a sandbox that is often cold, because flex is asked rarely.
POLL_SECONDS = 0.6

_S3_WRITES = ("S3 PutObject", "S3 CopyObject", "S3 ListObjectsV2")


@dataclass(frozen=True)
class Part:
    """One row of a bill: how much of it a video takes, the price as quoted, and the dollars for 1,000 videos."""

    name: str
    per_video: str
    price: str
    per_1000: float


def table_cost(walked: Walked) -> float:
    """Return the dollars of a video's reads and writes in DynamoDB."""
    return sum(walked.writes.values()) * WRITE_UNIT + sum(walked.reads.values()) * READ_UNIT


def s3_writes(walked: Walked) -> int:
    return sum(walked.operations.get(name, 0) for name in _S3_WRITES)


def s3_reads(walked: Walked) -> int:
    return sum(count for name, count in walked.operations.items() if name.startswith("S3 ") and name not in _S3_WRITES)


def flex_cost(walked: Walked) -> dict[str, float]:
    """Return the dollars for 1,000 videos that are polled for days, by part; what is not counted is cents."""
    polls = walked.invocations["poll"]
    memory = int(deployment.properties("poll")["MemorySize"]) / 1024
    return {
        "transitions": THOUSAND * walked.transitions * TRANSITION,
        "table": THOUSAND * table_cost(walked),
        "Lambda": THOUSAND * polls * (INVOCATION + POLL_SECONDS * memory * GB_SECOND),
        "key": THOUSAND * walked.operations.get("Secrets Manager GetSecretValue", 0) * SECRET_READ,
    }


def bill(walked: Walked) -> list[Part]:
    """Return what 1,000 videos of a minute cost, the counted parts and the assumed ones, the dearest first."""
    writes, reads = sum(walked.writes.values()), sum(walked.reads.values())
    # With an inline image: one more write, and Submit reads it.
    puts, gets = s3_writes(walked) + 1, s3_reads(walked) + 2
    invoked, keys = sum(walked.invocations.values()), 2
    parts = [
        Part("Step Functions", f"{walked.transitions} transitions", "$0.025 per 1,000", walked.transitions * TRANSITION),
        Part("Lambda, time", "10 GB-s *assumed* (0.3 to 5 s per step, each with one cold start)", "$0.0000166667 per GB-s", 10 * GB_SECOND),
        Part("Transfer, image to the upstream", "1 MB *assumed*, sent as base64: 1.33 MB", "$0.09 per GB", 4 / 3 * 0.09 / THOUSAND),
        Part("S3, storage", "5 MB *assumed*, 30 days", "$0.023 per GB and month", 5 * 0.023 / THOUSAND),
        Part(
            "DynamoDB, writes",
            f"{writes:g} units: an item of 2 KB, in the table and its indexes",
            "$0.625 per million",
            writes * WRITE_UNIT,
        ),
        Part("SNS", "1 publish, 1 e-mail", "$0.50 per million, $2 per 100,000", PUBLISH + EMAIL),
        Part("X-Ray", "4 traces *assumed*", "$5 per million", 4 * 5 / MILLION),
        Part(
            "S3, requests",
            f"{puts} writes, {gets} reads with one download and an inline image",
            "$5 and $0.40 per million",
            puts * S3_WRITE + gets * S3_READ,
        ),
        Part("Secrets Manager", f"at most {keys} reads when nothing is warm", "$0.05 per 10,000", keys * SECRET_READ),
        Part("HTTP API", "4 requests *assumed*", "$1 per million", 4 / MILLION),
        Part("KMS", "1 call for the publish", "$0.03 per 10,000", KMS_CALL),
        Part("Logs", "7 KB *assumed*", "$0.50 per GB", 7 * 0.5 / MILLION),
        Part("Lambda, requests", f"{invoked}", "$0.20 per million", invoked * INVOCATION),
        Part("DynamoDB, reads", f"{reads:g} units", "$0.125 per million", reads * READ_UNIT),
    ]
    return [Part(part.name, part.per_video, part.price, THOUSAND * part.per_1000) for part in parts]


def cents(dollars: float) -> str:
    """Round half a cent up, as people do, whatever the binary fraction is."""
    return f"${dollars + 1e-9:.2f}"


def whole_bill(walked: Walked) -> str:
    """Return what 1,000 videos of a minute cost, all parts together."""
    return cents(sum(part.per_1000 for part in bill(walked)))
