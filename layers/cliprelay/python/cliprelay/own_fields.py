"""What an order carries for us and not for the model: it never goes upstream."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

MODEL: Literal["seedance-v1.5-pro-i2v"] = "seedance-v1.5-pro-i2v"

METADATA_PAIRS, METADATA_KEY, METADATA_VALUE = 16, 64, 500


def _check_metadata(value: dict[str, str]) -> dict[str, str]:
    if len(value) > METADATA_PAIRS:
        raise PydanticCustomError("too_many_pairs", f"must have at most {METADATA_PAIRS} pairs")
    return value


MetadataKey = Annotated[str, Field(min_length=1, max_length=METADATA_KEY)]
MetadataValue = Annotated[str, Field(max_length=METADATA_VALUE)]


class OwnFields(BaseModel):
    """The part of every order that is the same whatever the model."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: Literal["seedance-v1.5-pro-i2v"] = MODEL
    metadata: Annotated[
        dict[MetadataKey, MetadataValue],
        AfterValidator(_check_metadata),
        Field(description="At most 16 pairs of strings of your own, given back with the video."),
    ] = {}
