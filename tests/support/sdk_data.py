"""The AWS SDK's descriptions of its services, read once in a process instead of once in a session: they are megabytes of JSON."""

from functools import cache

from botocore import session
from botocore.loaders import Loader, create_loader

_loader = cache(create_loader)


def _shared(search_path: str | None = None) -> Loader:
    loader: Loader = _loader(search_path)
    # Every session of boto3 adds its own folder again.
    loader.search_paths[:] = list(dict.fromkeys(loader.search_paths))
    return loader


def share_descriptions() -> None:
    """Let all sessions of this process have one loader, as all clients of one session have."""
    session.create_loader = _shared  # type: ignore[attr-defined,assignment]  # the stubs name its parameter
