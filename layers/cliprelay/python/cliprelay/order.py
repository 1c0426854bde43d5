"""What a client may order: the model's 13 documented fields by their documented names, plus our own `model` and `metadata`.

Fields, ranges and defaults: the documentation of Seedance 1.5 Pro image-to-video at MyRouter.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from cliprelay.addresses import AddressRefused, check_address
from cliprelay.images import ImageRefused, ImageTooLarge, is_inline, read_inline

MODEL: Literal["seedance-v1.5-pro-i2v"] = "seedance-v1.5-pro-i2v"

# Our own bound: the documentation only advises 500 characters, and a record must stay far below DynamoDB's 400 KB.
PROMPT_LIMIT = 8_000
METADATA_PAIRS, METADATA_KEY, METADATA_VALUE = 16, 64, 500


def _check_image(value: str) -> str:
    try:
        return value if is_inline(value) and read_inline(value) else check_address(value)
    except ImageTooLarge as refusal:
        raise PydanticCustomError("image_too_large", str(refusal)) from None
    except (ImageRefused, AddressRefused) as refusal:
        raise PydanticCustomError("image_refused", str(refusal)) from None


def _check_prompt(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "must not be blank")
    return value


def _check_metadata(value: dict[str, str]) -> dict[str, str]:
    if len(value) > METADATA_PAIRS:
        raise PydanticCustomError("too_many_pairs", f"must have at most {METADATA_PAIRS} pairs")
    return value


IMAGE_FORMS = "An https:// URL, or data:image/<format>;base64,<data> of at most 4.0 MB, with a format of jpeg, png, webp, bmp, tiff, gif."

Image = Annotated[str, AfterValidator(_check_image)]
MetadataKey = Annotated[str, Field(min_length=1, max_length=METADATA_KEY)]
MetadataValue = Annotated[str, Field(max_length=METADATA_VALUE)]


class VideoOrder(BaseModel):
    """The body of POST /v1/videos."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "example": {
                "image": "https://assets.example.com/lighthouse.png",
                "prompt": "A slow push-in on the lighthouse at dusk.",
                "duration": 5,
                "resolution": "720p",
                "generate_audio": False,
            }
        },
    )

    image: Annotated[Image, Field(description=f"First frame. {IMAGE_FORMS}")]
    prompt: Annotated[
        str,
        AfterValidator(_check_prompt),
        Field(max_length=PROMPT_LIMIT, description="What the video shows: 1 to 8,000 characters, not only blanks; 500 are advised."),
    ]
    last_image: Annotated[Image | None, Field(description=f"Last frame; cropped to the first frame's ratio. {IMAGE_FORMS}")] = None
    ratio: Literal["16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive"] = "adaptive"
    duration: Annotated[int, Field(ge=4, le=12, description="Seconds of video; affects the price.")] = 5
    resolution: Literal["480p", "720p"] = "720p"
    fps: Literal[24] = 24
    seed: Annotated[int | None, Field(ge=-1, le=4_294_967_295, description="-1 is random.")] = None
    watermark: bool = False
    camera_fixed: bool = False
    generate_audio: Annotated[bool, Field(description="Sound doubles the price.")] = True
    service_tier: Annotated[Literal["default", "flex"], Field(description="flex is half the price and offline.")] = "default"
    execution_expires_after: Annotated[int, Field(ge=3_600, le=259_200, description="Seconds.")] = 172_800
    model: Literal["seedance-v1.5-pro-i2v"] = MODEL
    metadata: Annotated[
        dict[MetadataKey, MetadataValue],
        AfterValidator(_check_metadata),
        Field(description="At most 16 pairs of strings of your own, given back with the video."),
    ] = {}

    def settings(self) -> dict[str, Any]:
        """Everything about the generation but the images, with the defaults filled in."""
        return self.model_dump(exclude={"image", "last_image", "model", "metadata"}, exclude_none=True)
