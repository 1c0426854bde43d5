"""Compare a request with botocore's description of DynamoDB; slow, so only for requests that could not be answered."""

import json
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator


def malformed(operation: str, body: bytes) -> str:
    """Return what is wrong with the form of a request; empty if nothing is."""
    shape = _model().operation_model(operation).input_shape
    report: str = ParamValidator().validate(json.loads(body), shape).generate_report()
    return " ".join(report.split())


@cache
def _model() -> Any:
    return ServiceModel(Loader().load_service_model("dynamodb", "service-2"), "dynamodb")
