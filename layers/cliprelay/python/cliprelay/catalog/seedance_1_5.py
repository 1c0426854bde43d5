"""Seedance 1.5 Pro: image to video as documented by MyRouter, text to video as documented by a sibling brand."""

from decimal import Decimal

from cliprelay.catalog.data_handling import MYROUTER
from cliprelay.catalog.model import SECONDS_PER_EXTRA_SECOND, Field, Kind, Model, Price, Prompt, Typical
from cliprelay.images.limits import ImageLimits

# The documentation only advises 500 characters; 8,000 is our own limit, to stay far below DynamoDB's 400 KB per item.
PROMPT = Prompt(advised=500, most=8_000)

INLINE_FORMS = (
    "An https:// URL, the `image` of an upload, or data:image/<format>;base64,<data> of at most 4.0 MB. "
    "Formats: jpeg, png, webp, bmp, tiff, gif."
)

IMAGES = (
    Field(name="image", kind=Kind.IMAGE, required=True, about=f"First frame. {INLINE_FORMS}"),
    Field(name="last_image", kind=Kind.IMAGE, about=f"Last frame, cropped to the first frame's ratio. {INLINE_FORMS}"),
)
PROMPT_FIELD = Field(
    name="prompt", kind=Kind.PROMPT, required=True, about="What the video shows: 1 to 8,000 characters, not all blank, at most 500 advised."
)
RATIOS = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
SETTINGS = (
    Field(name="ratio", kind=Kind.CHOICE, default="adaptive", choices=(*RATIOS, "adaptive")),
    Field(name="duration", kind=Kind.INTEGER, default=5, low=4, high=12, about="Length of the video in seconds; affects the price."),
    Field(name="resolution", kind=Kind.CHOICE, default="720p", choices=("480p", "720p"), about="Affects the price."),
    Field(name="fps", kind=Kind.CHOICE, default=24, choices=(24,)),
    Field(name="seed", kind=Kind.INTEGER, low=-1, high=4_294_967_295, about="-1 means random."),
    Field(name="watermark", kind=Kind.FLAG, default=False),
    Field(name="camera_fixed", kind=Kind.FLAG, default=False),
    Field(name="generate_audio", kind=Kind.FLAG, default=True, role="audio", about="Audio doubles the price."),
    Field(
        name="service_tier",
        kind=Kind.CHOICE,
        default="default",
        choices=("default", "flex"),
        about="flex costs half and queues offline.",
    ),
    Field(name="execution_expires_after", kind=Kind.INTEGER, default=172_800, low=3_600, high=259_200, about="Time limit in seconds."),
)
GEOMETRY = {
    "480p": {"16:9": (864, 496), "4:3": (752, 560), "1:1": (640, 640), "3:4": (560, 752), "9:16": (496, 864), "21:9": (992, 432)},
    "720p": {"16:9": (1280, 720), "4:3": (1112, 834), "1:1": (960, 960), "3:4": (834, 1112), "9:16": (720, 1280), "21:9": (1470, 630)},
}
# Consistent with the prices per second that other gateways publish (720p: $0.052 with audio, $0.026 silent).
PRICE = Price(
    silent=Decimal("1.2"),
    audio=Decimal("2.4"),
    flex=Decimal("0.5"),
    source="The vendor's token prices as restated by resellers; MyRouter publishes none for this model. Half price for flex: MyRouter.",
    date="2026-09-30",
)
TYPICAL = {
    "default": Typical(
        median=50,
        p95=180,
        per_extra_second=SECONDS_PER_EXTRA_SECOND,
        source="Samples in the vendor's documentation and resellers' notes, not official: for 5 s, plus 4 s per extra second.",
    ),
    "flex": Typical(median=None, p95=None, source="An offline queue that takes minutes to hours; no figure is published."),
}

IMAGE_TO_VIDEO = Model(
    name="seedance-v1.5-pro-i2v",
    about="Seedance 1.5 Pro, image to video: a first frame, an optional last frame, and a prompt.",
    fields=(IMAGES[0], PROMPT_FIELD, IMAGES[1], *SETTINGS),
    prompt=PROMPT,
    images=ImageLimits(),
    geometry=GEOMETRY,
    fps=24,
    price=PRICE,
    typical=TYPICAL,
    handling=MYROUTER,
    source="docs.myrouter.ai/docs/models/reference-seedance-v1.5-pro-i2v",
    verified=True,
    enabled=True,
    notes=("Pixel sizes are the vendor's, as restated by others.",),
)

TEXT_TO_VIDEO = Model(
    name="seedance-v1.5-pro-t2v",
    about="Seedance 1.5 Pro, text to video: only a prompt.",
    fields=(PROMPT_FIELD, *SETTINGS),
    prompt=PROMPT,
    images=None,
    geometry=GEOMETRY,
    fps=24,
    price=PRICE,
    typical=TYPICAL,
    handling=MYROUTER,
    source="novita.ai/docs/api-reference/model-apis-seedance-v1.5-pro-t2v; MyRouter's image-to-video page mentions text-to-video too.",
    verified=False,
    enabled=True,
    notes=(
        "MyRouter has no known page for this model: path and fields are those of a sibling brand, where one client got a 404.",
        "If the upstream does not offer it, the video fails with model_unavailable and nothing is charged.",
        "With ratio adaptive, the model chooses the shape from the prompt; sizes are then estimated as 16:9.",
    ),
)
