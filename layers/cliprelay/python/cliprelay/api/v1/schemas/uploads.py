"""Schemas of uploads."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cliprelay.images.limits import SEEDANCE_1_5
from cliprelay.images.probe import format_named

LARGEST = SEEDANCE_1_5.below_bytes - 1
SHA256 = "SHA-256 of the file, 64 hexadecimal digits; the form then accepts no other file."

ContentType = Literal["image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff", "image/gif"]


def _registered(value: object) -> object:
    """Return the registered name of a media type that programs write in several ways, such as image/jpg."""
    kind, _, name = value.partition("/") if isinstance(value, str) else ("", "", "")
    return f"image/{format_named(name)}" if kind.lower() == "image" else value


class UploadOrder(BaseModel):
    """The body of POST /v1/uploads."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"example": {"content_type": "image/png", "bytes": 29_000_000}}
    )

    content_type: Annotated[ContentType, BeforeValidator(_registered)]
    bytes: Annotated[int, Field(ge=1, le=LARGEST, description="Size of the file; the form accepts no larger one.")]
    sha256: Annotated[str | None, Field(pattern=r"^[0-9a-fA-F]{64}$", description=SHA256)] = None


class UploadAnswer(BaseModel):
    """A form to send with the file as its last field, and the value to use for the image afterwards."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "upload",
                "image": "upload_0123456789abcdef0123456789abcdef",
                "url": "https://bucket.s3.us-east-1.amazonaws.com/",
                "fields": {"key": "uploads/acme/0123456789abcdef0123456789abcdef", "Content-Type": "image/png", "policy": "eyJ9"},
                "expires_at": "2026-11-22T06:15:00Z",
            }
        }
    )

    object: Literal["upload"]
    image: str = Field(description="Use it as `image` or `last_image` within a day of the upload.")
    url: str = Field(description="Send the form here as multipart/form-data, without your API key.")
    fields: dict[str, str] = Field(description="Send all of them, in any order, before `file`.")
    expires_at: str = Field(description="The form is accepted until this time.")
