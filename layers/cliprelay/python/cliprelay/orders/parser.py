"""Parse a request body into a checked order of the model that it names, or list every complaint."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from cliprelay.catalog.aliases import right_name
from cliprelay.catalog.model import Model
from cliprelay.catalog.registry import Offer
from cliprelay.net.urls import CLOUD, Limits
from cliprelay.orders.invalid_order import Flaw, InvalidOrder
from cliprelay.orders.null_fields import without_nulls
from cliprelay.orders.order import Order, order_type
from cliprelay.orders.relay_fields import OwnFields, Reading
from cliprelay.orders.wording import in_our_words


@dataclass(frozen=True)
class OrderParser:
    """Parses the orders of a deployment: the models that it offers and the addresses that it allows."""

    offer: Offer
    addresses: Limits = CLOUD

    def types(self) -> list[type[Order]]:
        """Return one class per offered model; only the default model may go unnamed."""
        return [self._type(model) for model in self.offer.models]

    def read(self, body: Mapping[str, Any]) -> Order | InvalidOrder:
        """Return the order in a body, or an InvalidOrder with every complaint."""
        named = body.get("model")
        model = self.offer.find(self.offer.default.name if named is None else named)
        if model is None:
            return InvalidOrder(body, None, self._flaws_of_no_model(body))
        body = without_nulls(body, self._type(model))
        order, flaws = self._judge(body, model)
        return order or InvalidOrder(body, model, flaws)

    def _type(self, model: Model) -> type[Order]:
        return order_type(model, may_be_unnamed=model is self.offer.default)

    def _judge(self, body: Mapping[str, Any], model: Model) -> tuple[Order | None, list[Flaw]]:
        kind, order, flaws = self._type(model), None, []
        try:
            reading = Reading(self.addresses)
            order = kind.model_validate(body, context=reading)
            order.keep_read(reading.images)
        except ValidationError as error:
            flaws = [self._in_our_words(each, kind) for each in error.errors(include_url=False)]
        flaws += _combinations(body, model, {each.field for each in flaws})
        return (None if flaws else order), flaws

    def _flaws_of_no_model(self, body: Mapping[str, Any]) -> list[Flaw]:
        """List the unknown model, and the errors that every offered model would report."""
        named = [(model, {**body, "model": model.name}) for model in self.offer.models]
        judged = [self._judge(without_nulls(each, self._type(model)), model)[1] for model, each in named]
        sure = set.intersection(*({each.field for each in flaws} for flaws in judged))
        accepted = f"one of {', '.join(self.offer.names)}"
        message = "is not a model that this deployment offers" if isinstance(body["model"], str) else "must be the name of a model"
        return [*(each for each in judged[0] if each.field in sure), Flaw(("model",), message, accepted)]

    def _in_our_words(self, error: Mapping[str, Any], kind: type[Order]) -> Flaw:
        place = error["loc"]
        if error["type"] == "extra_forbidden":
            return self._unknown_field(str(place[0]), kind)
        return Flaw(place, in_our_words(error), accepted_values(kind).get(str(place[0]), ""), error["type"])

    def _unknown_field(self, name: str, kind: type[Order]) -> Flaw:
        model = kind.entry
        if right := right_name(name, model, frozenset(kind.model_fields)):
            return Flaw((name,), f"is not a field of {model.name}; use {right}", accepted_values(kind).get(right, ""))
        if others := [other.name for other in self.offer.models if other.field(name)]:
            message = f"is not a field of {model.name}, but of {', '.join(others)}: set `model` to the one that you mean"
            return Flaw((name,), message)
        message = f"is not a field of {model.name}; its fields are {', '.join(kind.model_fields)}"
        return Flaw((name,), message)


def _combinations(body: Mapping[str, Any], model: Model, refused: set[str]) -> list[Flaw]:
    """Find forbidden combinations of values that are valid on their own."""
    values = {field.name: body.get(field.name, field.default) for field in model.fields}
    broken = [rule for rule in model.forbidden if not refused & set(rule.when) and rule.applies(values)]
    return [Flaw((list(rule.when)[-1],), rule.message) for rule in broken]


@cache
def accepted_values(kind: type[Order]) -> dict[str, str]:
    """Describe the accepted values of each field of an order."""
    own = OwnFields.model_json_schema()["properties"]
    words = {name: str(_simple(schema).get("description", schema.get("type", ""))) for name, schema in own.items()}
    return {**{field.name: field.accepted for field in kind.entry.fields}, **words, "model": kind.entry.name}


def _simple(schema: dict[str, Any]) -> dict[str, Any]:
    """Unwrap the schema of a nullable value."""
    value: dict[str, Any] = next((part for part in schema.get("anyOf", []) if part.get("type") != "null"), {})
    return {**value, **schema}
