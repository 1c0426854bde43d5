"""A shorter way from a client's method to the wire, for the calls that are made most: the same body, retries and errors at half the price.

Left out is what nobody here looks at: validation of the parameters, the choice of an endpoint, headers, bytes, and the walk through an
answer of DynamoDB, which is plain JSON already. Whether to ask again, how long to wait, and which error a refusal becomes, botocore
decides. Requests and answers are shared, not copied: neither side changes what it was given (test_runs.py compares with the whole path).
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.endpoint import convert_to_response_dict

from tests.support.memory_aws.responses import JsonAnswer

Send = Callable[[str, str, AWSPreparedRequest], AWSResponse]
# Hears of each call: its service, its operation and its parameters.
Note = Callable[[str, str, dict[str, Any]], None]
Answered = tuple[AWSResponse, dict[str, Any]]

# By their names in boto3: the operations that go this way, None for all of a service. Of S3 only the question that an outage repeats.
SHORT: dict[str, frozenset[str] | None] = {
    "dynamodb": None,
    "stepfunctions": None,
    "secretsmanager": None,
    "sns": None,
    "s3": frozenset({"HeadObject"}),
}


class ShortPath:
    """Stands in for one client's `_make_api_call`."""

    def __init__(
        self, client: Any, send: Send, operations: frozenset[str] | None, note: Callable[[str, str, dict[str, Any]], None]
    ) -> None:
        self._note, self._name = note, client.meta.service_model.service_name
        self._client, self._send, self._endpoint, self._operations = client, send, client._endpoint, operations
        self._whole = client._make_api_call
        service = client.meta.service_model
        self._service = service.service_id.hyphenize()
        self._parser = self._endpoint._response_parser_factory.create_parser(service.resolved_protocol)

    def __call__(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if self._operations and operation not in self._operations:
            whole: dict[str, Any] = self._whole(operation, parameters)
            return whole
        self._note(self._name, operation, parameters)
        model, context = self._client.meta.service_model.operation_model(operation), dict[str, Any]()
        # botocore, too, names each call that it may have to repeat, so that DynamoDB knows a transaction again.
        tokens = {name: str(uuid4()) for name in model.idempotent_members if name not in parameters}
        response, parsed = self._until_answered(model, context, self._request({**parameters, **tokens}))
        # Here the budget of retries gets back what a success did not need.
        self._client.meta.events.emit(f"after-call.{self._service}.{operation}", http_response=response, parsed=parsed, context=context)
        if response.status_code >= 300:
            raise self._client.exceptions.from_code(parsed["Error"].get("Code"))(parsed, operation)
        return parsed

    def _request(self, parameters: dict[str, Any]) -> AWSPreparedRequest:
        if self._service == "s3":
            url = f"https://{parameters['Bucket']}.s3.memory.invalid/{quote(parameters['Key'])}"
            return AWSPreparedRequest("HEAD", url, {}, None, False)  # type: ignore[arg-type]
        return AWSPreparedRequest("POST", "https://memory.invalid/", {}, parameters, False)  # type: ignore[arg-type]

    def _until_answered(self, model: Any, context: dict[str, Any], request: AWSPreparedRequest) -> Answered:
        attempts = 1
        while True:
            answered, error = self._once(model, request)
            if answered and answered[0].status_code < 300:
                return answered
            if not self._endpoint._needs_retry(attempts, model, {"context": context}, answered, error):
                if answered:
                    return answered
                assert error
                raise error
            attempts += 1

    def _once(self, model: Any, request: AWSPreparedRequest) -> tuple[Answered | None, Exception | None]:
        try:
            response = self._send(self._service, model.name, request)
        except Exception as error:
            return None, error
        if self._service == "dynamodb" and isinstance(response, JsonAnswer):
            return (response, response.body), None
        return (response, self._parsed(model, response)), None

    def _parsed(self, model: Any, response: AWSResponse) -> dict[str, Any]:
        described = convert_to_response_dict(response, model)
        parsed: dict[str, Any] = self._parser.parse(described, model.output_shape)
        if response.status_code >= 300:
            self._endpoint._add_modeled_error_fields(described, parsed, model, self._parser)
        return parsed


def remembered_endpoint(construct: Callable[..., Any]) -> Callable[..., Any]:
    """An endpoint follows from the operation and the bucket, so each is constructed once."""
    known: dict[tuple[Any, ...], Any] = {}

    def construct_endpoint(resolver: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
        key = resolver, operation_model.name, call_args.get("Bucket")
        if key not in known:
            known[key] = construct(resolver, operation_model, call_args, request_context)
        return known[key]

    return construct_endpoint


def remembered_adapter(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """pydantic's adapter of an annotated type follows from what is written in it."""
    known: dict[tuple[Any, str], Any] = {}

    def adapter(annotated: Any) -> Any:
        key = annotated.__origin__, repr(annotated.__metadata__)
        if key not in known:
            known[key] = make(annotated)
        return known[key]

    return adapter
