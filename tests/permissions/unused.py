"""Granted actions that no recorded call uses, each with the reason why it is needed; one that is used must not stand here."""

from collections.abc import Mapping

# By role, statement and action.
UNUSED: Mapping[tuple[str, str, str], str] = {
    ("ApiFunctionRole", "ListVideosDuringAnUpgrade", "dynamodb:Query"): "a stack with the default parameters has both other indexes",
}
