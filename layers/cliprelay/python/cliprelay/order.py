"""What a client may order: the model's 13 documented fields by their documented names, plus our own `model` and `metadata`.

Fields, ranges and defaults: the documentation of Seedance 1.5 Pro image-to-video at MyRouter.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from cliprelay.addresses import AddressRefused
from cliprelay.images import check_image
from cliprelay.own_fields import OwnFields
from cliprelay.probing.refusals import ImageRefused

# Our own bound: the documentation only advises 500 characters, and a record must stay far below DynamoDB's 400 KB.
PROMPT_LIMIT = 8_000


def _check_image(value: str) -> str:
    try:
        return check_image(value)
    except ImageRefused as refusal:
        raise PydanticCustomError(refusal.code, str(refusal)) from None
    except AddressRefused as refusal:
        raise PydanticCustomError("image_address", str(refusal)) from None


def _check_prompt(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "must not be blank")
    return value


IMAGE_FORMS = (
    "An https:// URL, the `image` of an upload, or data:image/<format>;base64,<data> of at most 4.0 MB, "
    "with a format of jpeg, png, webp, bmp, tiff, gif."
)

Image = Annotated[str, AfterValidator(_check_image)]


class ModelFields(BaseModel):
    """The model's own 13 fields."""

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


# Fields in this order: pydantic takes those of the last base first.
class VideoOrder(OwnFields, ModelFields):
    """The body of POST /v1/videos."""

    model_config = ConfigDict(
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

    def settings(self) -> dict[str, Any]:
        """Everything about the generation but the images, with the defaults filled in."""
        return self.model_dump(exclude={"image", "last_image", *OwnFields.model_fields}, exclude_none=True)
