"""The client of ClipRelay: order videos, wait for them, download them; each order is paid at most once."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cliprelay_client.version import VERSION

if TYPE_CHECKING:
    from cliprelay_client.api import webhooks
    from cliprelay_client.api.async_client import AsyncClient, AsyncVideo
    from cliprelay_client.api.client import Client, Video
    from cliprelay_client.api.errors import (
        ApiError,
        BudgetExceeded,
        ClipRelayError,
        InvalidOrder,
        InvalidSignature,
        LocalFault,
        NotFound,
        ServerTooOld,
        StillRunning,
        Unauthorized,
        Unavailable,
        Unreachable,
        UsageError,
        VideoFailed,
        VideoUnconfirmed,
    )
    from cliprelay_client.api.video import Quote

__version__ = VERSION

_HOMES = {
    "AsyncClient": "async_client",
    "AsyncVideo": "async_client",
    "Client": "client",
    "Quote": "video",
    "Video": "client",
}

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncVideo",
    "BudgetExceeded",
    "Client",
    "ClipRelayError",
    "InvalidOrder",
    "InvalidSignature",
    "LocalFault",
    "NotFound",
    "Quote",
    "ServerTooOld",
    "StillRunning",
    "Unauthorized",
    "Unavailable",
    "Unreachable",
    "UsageError",
    "Video",
    "VideoFailed",
    "VideoUnconfirmed",
    "__version__",
    "webhooks",
]


def __getattr__(name: str) -> Any:
    """Import a name at its first use: verifying a webhook needs no HTTP library."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "webhooks":
        return import_module("cliprelay_client.api.webhooks")
    return getattr(import_module(f"cliprelay_client.api.{_HOMES.get(name, 'errors')}"), name)
