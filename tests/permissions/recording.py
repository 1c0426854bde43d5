"""Record every AWS call and every signed URL of a process as JSON lines, one file per process.

A sandbox runs this file by its path, so it imports nothing of this repository. A line is written before its call, because a sandbox can
be killed at any moment.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.client import BaseClient
from botocore.signers import S3PostPresigner

FOLDER_VARIABLE = "RECORDED_CALLS"
FUNCTION_VARIABLE = "RECORDED_FUNCTION"


class CallFile:
    """A file of this process in the folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = os.open(folder / f"{name}-{os.getpid()}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, function: str, service: str, operation: str, parameters: Mapping[str, Any], *, signed: bool) -> None:
        """Write one call; bodies and other values that are no JSON are named only by their type."""
        call = {"function": function, "service": service, "operation": operation, "parameters": parameters, "signed": signed}
        os.write(self._file, json.dumps(call, default=lambda value: f"<{type(value).__name__}>").encode() + b"\n")


def record_calls(folder: Path, function: str) -> None:
    """Record all calls of this process as those of one function, named by its logical id."""
    file = CallFile(folder, function)
    client: Any = BaseClient  # the stubs know only public names
    emit, sign_form = client._emit_api_params, S3PostPresigner.generate_presigned_post

    # Both a call and a presigned URL pass here, with the parameters of the caller.
    def recording_emit(self: BaseClient, api_params: Any, operation_model: Any, context: Any) -> Any:
        parameters = emit(self, api_params, operation_model, context)
        signed = bool(context.get("is_presign_request"))
        # A form is signed as if its bucket was created; `recording_sign_form` sees what it really allows.
        if not (signed and operation_model.name == "CreateBucket"):
            file.write(function, self.meta.service_model.service_name, operation_model.name, parameters, signed=signed)
        return parameters

    def recording_sign_form(self: S3PostPresigner, *args: Any, **named: Any) -> Any:
        form = sign_form(self, *args, **named)
        bucket = next(each["bucket"] for each in named["conditions"] if isinstance(each, dict) and "bucket" in each)
        file.write(function, "s3", "PostObject", {"Bucket": bucket, "Key": named["fields"]["key"]}, signed=True)
        return form

    client._emit_api_params = recording_emit
    S3PostPresigner.generate_presigned_post = recording_sign_form  # type: ignore[method-assign]
