"""Seedance 1.0 text to video, Pro and Lite: the two fully documented models of the family, disabled by default."""

from dataclasses import replace
from decimal import Decimal

from cliprelay.catalog.data_handling import MYROUTER
from cliprelay.catalog.model import Field, Kind, Model, Price, Prompt, Typical
from cliprelay.catalog.seedance_1_5 import PROMPT, PROMPT_FIELD, RATIOS

# The Lite page, of a sibling brand, advises 500 characters; the Pro page sets a limit of 2,000.
PRO_PROMPT = Prompt(advised=500, most=2_000, documented=True)
PRO_PROMPT_FIELD = replace(PROMPT_FIELD, about="What the video shows: 1 to 2,000 characters, not all blank, at most 500 advised.")

SETTINGS = (
    Field(name="aspect_ratio", kind=Kind.CHOICE, default="16:9", choices=RATIOS, role="ratio"),
    Field(name="duration", kind=Kind.CHOICE, default=5, choices=(5, 10), about="Length of the video in seconds; affects the price."),
    Field(name="resolution", kind=Kind.CHOICE, required=True, choices=("480p", "720p", "1080p"), about="Affects the price."),
    Field(name="seed", kind=Kind.INTEGER, low=-1, high=2_147_483_647, about="-1 means random."),
    Field(name="camera_fixed", kind=Kind.FLAG, default=False),
)
GEOMETRY = {
    "480p": {"16:9": (864, 480), "4:3": (736, 544), "1:1": (640, 640), "3:4": (544, 736), "9:16": (480, 864), "21:9": (960, 416)},
    "720p": {"16:9": (1248, 704), "4:3": (1120, 832), "1:1": (960, 960), "3:4": (832, 1120), "9:16": (704, 1248), "21:9": (1504, 640)},
    "1080p": {
        "16:9": (1920, 1088),
        "4:3": (1664, 1248),
        "1:1": (1440, 1440),
        "3:4": (1248, 1664),
        "9:16": (1088, 1920),
        "21:9": (2176, 928),
    },
}
TYPICAL = {"default": Typical(median=None, p95=None, source="No figure is published for this model.")}
NOTES = (
    "Not documented by MyRouter; other sellers say that the 1.0 family is being retired.",
    "The ratios and the lowest seed are inferred from the model vendor's documentation.",
)
_PRICED = "A reseller's restatement of the vendor's token prices (docs.dev.xavier.icvr.xyz, seedance-1-5-pro-251215)."

PRO_TEXT_TO_VIDEO = Model(
    name="seedance-v1-pro-t2v",
    about="Seedance 1.0 Pro, text to video, without audio.",
    fields=(PRO_PROMPT_FIELD, *SETTINGS),
    prompt=PRO_PROMPT,
    images=None,
    geometry=GEOMETRY,
    fps=24,
    price=Price(silent=Decimal("2.5"), source=_PRICED, date="2026-11-22"),
    typical=TYPICAL,
    handling=MYROUTER,
    source="novitaai.mintlify.dev/docs/api-reference/model-apis-seedance-v1-pro-t2v.md",
    verified=False,
    enabled=False,
    notes=NOTES,
)

LITE_TEXT_TO_VIDEO = Model(
    name="seedance-v1-lite-t2v",
    about="Seedance 1.0 Lite, text to video, without audio.",
    fields=(PROMPT_FIELD, *SETTINGS),
    prompt=PROMPT,
    images=None,
    geometry=GEOMETRY,
    fps=24,
    price=Price(silent=Decimal("1.8"), source=_PRICED, date="2026-11-22"),
    typical=TYPICAL,
    handling=MYROUTER,
    source="jiekou.ai/docs/models/reference-seedance-v1-lite-t2v.md",
    verified=False,
    enabled=False,
    notes=NOTES,
)
