"""The three services over one database: a killed process has kept whatever it answered."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.durable_messaging import running
from tests.support.paths import ROOT

KILLED = """
import sys
from pathlib import Path
from tests.support.durable_messaging import running
with running(Path(sys.argv[1]), delivers=False) as process:
    url, arn = process.queue("any")
    secret = process.secrets.create_secret(Name="any")["ARN"]
    topic = process.sns.create_topic(Name="events")["TopicArn"]
    for protocol, endpoint in (("sqs", arn), ("email", "you@example.com"), ("lambda", "arn:aws:lambda:us-east-1:123456789012:function:f")):
        process.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    number = 0
    while True:
        process.secrets.put_secret_value(SecretId=secret, SecretString=str(number))
        process.sqs.send_message(QueueUrl=url, MessageBody=str(number))
        process.sns.publish(TopicArn=topic, Message=str(number))
        print(number, flush=True)
        number += 1
"""


def test_a_killed_process_has_kept_everything_that_it_answered(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout
        for _ in range(10):
            assert process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        answered = 10 + len([line for line in process.stdout if line.endswith("\n")])
    with running(tmp_path) as started:
        assert answered - 1 <= int(started.secrets.get_secret_value(SecretId="any")["SecretString"]) <= answered
        url = started.sqs.get_queue_url(QueueName="any")["QueueUrl"]
        counted = started.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        assert int(counted["ApproximateNumberOfMessages"]) >= 2 * answered
        assert len(list(started.mail.glob("*.eml"))) >= answered
        invoked = [started.invocations.get(timeout=30)[1]["Records"][0]["Sns"]["Message"] for _ in range(answered)]
        assert set(invoked) >= {str(number) for number in range(answered - 1)}
