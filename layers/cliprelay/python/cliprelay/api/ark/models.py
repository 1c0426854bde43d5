"""Names of models as clients of Ark write them, and which offered model each means."""

import re
from collections.abc import Mapping

from cliprelay.catalog.families import model_meant, names_meant
from cliprelay.catalog.model import Model
from cliprelay.catalog.registry import Offer
from cliprelay.errors import Refusal

# Such as doubao-seedance-1-5-pro-251215: a brand, a version, a name and a date. The vendor has one name with a picture and without.
_VENDORS = re.compile(r"(?:doubao-|dreamina-)?seedance-(\d)-(\d)-([a-z][a-z0-9-]*?)(?:-\d{6})?")


class UnknownModel(Refusal):
    """No offered model has this name."""

    def __init__(self, name: str, names: list[str]) -> None:
        known = ", ".join(names)
        super().__init__("not_found", f"There is no model or endpoint `{name[:100]}`; this deployment has {known}.")


def family_of(name: str) -> str:
    """Return our name for one of the vendor's, without its date; any other name as it is."""
    match = _VENDORS.fullmatch(name)
    if match is None:
        return name
    version = match[1] if match[2] == "0" else f"{match[1]}.{match[2]}"
    return f"seedance-v{version}-{match[3]}"


def read_model(name: str, offer: Offer, aliases: Mapping[str, str], *, with_picture: bool) -> Model:
    """Return the model that a name means; raises UnknownModel."""
    meant = name if name in aliases else family_of(name)
    found = model_meant(meant, offer, aliases, with_picture=with_picture)
    if found is None:
        raise UnknownModel(name, names_meant(offer, aliases))
    return found
