"""SNS topics and Secrets Manager in memory: published messages and secrets."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.aws.errors import AwsError
from tests.support.memory_aws.responses import http

Json = dict[str, Any]
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
LONGEST_SUBJECT, LONGEST_MESSAGE = 100, 262_144


@dataclass(frozen=True)
class Message:
    """One published message."""

    subject: str
    default: Json
    email: str
    attributes: dict[str, str]


@dataclass(frozen=True)
class Text:
    """One published message that is the same for every subscriber."""

    topic: str
    subject: str
    text: str


class MemorySns:
    """Topics by ARN; `watch` sees every message."""

    def __init__(self, *topics: str) -> None:
        self.topics: dict[str, list[Message]] = {arn: [] for arn in topics}
        self.texts: list[Text] = []
        self.watch: Callable[[Message], None] = lambda message: None

    def answer(self, operation: str, request: AWSPreparedRequest) -> AWSResponse:
        """Run one operation; raises AwsError."""
        if operation == "CreateTopic":
            arn = f"arn:aws:sns:us-east-1:123456789012:{_form(request.body)['Name']}"
            self.topics.setdefault(arn, [])
            return http(200, f"<R><CreateTopicResult><TopicArn>{arn}</TopicArn></CreateTopicResult></R>".encode())
        if operation != "Publish":
            raise NotImplementedError(f"sns.{operation}")
        self._publish(_form(request.body))
        number = sum(map(len, self.topics.values())) + len(self.texts)
        answer = f"<PublishResponse><PublishResult><MessageId>message-{number}</MessageId></PublishResult></PublishResponse>"
        return http(200, answer.encode())

    def _publish(self, form: Json) -> None:
        if form.get("TopicArn") not in self.topics:
            raise AwsError(404, "NotFound", "Topic does not exist")
        subject, text = form.get("Subject", ""), form["Message"]
        if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable():
            raise AwsError(400, "InvalidParameter", "Invalid parameter: Subject")
        if len(text.encode()) > LONGEST_MESSAGE:
            raise AwsError(400, "InvalidParameter", "Invalid parameter: Message too long")
        if form.get("MessageStructure") != "json":
            self.texts.append(Text(form["TopicArn"], subject, text))
            return
        parts = json.loads(text)
        if "default" not in parts:
            raise AwsError(400, "InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body")
        message = Message(subject, json.loads(parts["default"]), parts.get("email", ""), _attributes(form))
        self.topics[form["TopicArn"]].append(message)
        self.watch(message)


def _form(body: Any) -> Json:
    """Return the parameters, from a body on the wire or as passed by the fast client."""
    if isinstance(body, dict):
        return body
    form: Json = dict(parse_qsl(body.decode() if isinstance(body, bytes) else str(body), keep_blank_values=True))
    attributes, number = {}, 1
    while name := form.get(f"MessageAttributes.entry.{number}.Name"):
        attributes[name] = {"StringValue": form[f"MessageAttributes.entry.{number}.Value.StringValue"]}
        number += 1
    return {**form, "MessageAttributes": attributes}


def _attributes(form: Json) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in form.get("MessageAttributes", {}).items()}


class MemorySecrets:
    """Secrets by name or ARN; None is a secret without a version yet."""

    def __init__(self, **secrets: str | None) -> None:
        self.secrets: dict[str, str | None] = dict(secrets)
        self.previous: dict[str, str | None] = {}

    def answer(self, operation: str, request: Json) -> Json:
        """Run one operation; raises AwsError."""
        match operation:
            case "CreateSecret":
                return self._create(request["Name"], request.get("SecretString"))
            case "PutSecretValue":
                return self._store(request["SecretId"], request["SecretString"])
            case "GetSecretValue":
                return self._read(request["SecretId"], request.get("VersionStage", "AWSCURRENT"))
        raise NotImplementedError(f"secretsmanager.{operation}")

    def _create(self, name: str, value: str | None) -> Json:
        if name in self.secrets:
            raise AwsError(400, "ResourceExistsException", f"The operation failed because the secret {name} already exists.")
        self.secrets[name] = value
        return {"ARN": name, "Name": name}

    def _store(self, name: str, value: str) -> Json:
        if name not in self.secrets:
            raise AwsError(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        self.previous[name], self.secrets[name] = self.secrets[name], value
        return {"ARN": name, "Name": name}

    def _read(self, name: str, stage: str) -> Json:
        value = (self.previous if stage == "AWSPREVIOUS" else self.secrets).get(name)
        if value is None:
            message = f"Secrets Manager can't find the specified secret value for staging label: {stage}"
            raise AwsError(400, "ResourceNotFoundException", message)
        # Long ago: a test that replaces a secret says when.
        return {"ARN": name, "Name": name, "SecretString": value, "CreatedDate": 0}
