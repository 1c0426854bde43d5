"""Options that several commands share."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class Usd(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on
    """A positive amount of US dollars."""

    name = "USD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            amount = Decimal(str(value).removeprefix("$"))
        except InvalidOperation:
            self.fail(f"{value!r} is not an amount, such as 0.50.", param, ctx)
        if not amount.is_finite() or amount <= 0:
            self.fail("the amount must be more than 0.", param, ctx)
        return amount


def common(command: Command) -> Command:
    """Add what every command that talks to a server has."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option("--api-key", metavar="KEY", help="API key; better in CLIPRELAY_API_KEY, because everybody can read a command line."),
        click.option("--base-url", metavar="URL", help="Address of the server; otherwise CLIPRELAY_BASE_URL or `cliprelay login`."),
    ):
        command = option(command)
    return command


def order_settings(command: Command) -> Command:
    """Add the settings of an order."""
    for option in reversed(
        (
            click.option("--duration", type=int, metavar="SECONDS", help="Length of the video."),
            click.option("--resolution", metavar="480p|720p", help="Size; the larger one costs more."),
            click.option("--ratio", metavar="16:9|…", help="Shape; by default that of the picture."),
            click.option("--audio/--no-audio", "generate_audio", default=None, help="With sound, which doubles the price, or without."),
            click.option("--last-image", metavar="PICTURE", help="Last frame."),
            click.option("--model", metavar="MODEL", help="By default the server's own."),
            click.option("--seed", type=int, help="The same number repeats a result roughly."),
            click.option("--camera-fixed/--camera-free", "camera_fixed", default=None, help="Keep the camera still, or not."),
            click.option("--watermark/--no-watermark", "watermark", default=None, help="With the provider's mark, or without."),
            click.option("--tier", "service_tier", metavar="default|flex", help="flex: half the price, hours instead of minutes."),
            click.option("--expires-in", type=int, metavar="SECONDS", help="Give up, unpaid, if it is not submitted by then."),
            click.option("--not-before", metavar="TIME", help="Submit not before this time, such as 2026-12-01T08:00:00Z."),
            click.option("--webhook-url", metavar="URL", help="Where the server sends signed events of this video."),
            click.option("--metadata", "metadata_pairs", multiple=True, metavar="NAME=VALUE", help="A note of your own."),
            click.option("--set", "more", multiple=True, metavar="FIELD=JSON", help="Any other field of the order."),
        )
    ):
        command = option(command)
    return command


def fields_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the options of `order_settings` into the fields of an order."""
    fields = {name: value for name, value in options.items() if name not in ("metadata_pairs", "more") and value is not None}
    metadata = dict(_pair(each, "--metadata") for each in options.get("metadata_pairs", ()))
    more = {name: _value(text) for name, text in (_pair(each, "--set") for each in options.get("more", ()))}
    return {**fields, **({"metadata": metadata} if metadata else {}), **more}


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"{option} takes NAME=VALUE, not {text!r}.")
    return name, value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
