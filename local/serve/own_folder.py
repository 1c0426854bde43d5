"""The state folder of one run, locked and known to belong to the right upstream."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.serve.options import Options
from local.state.folder import StateFolder
from local.state.identity import Identity, upstream_named


@dataclass(frozen=True)
class OwnFolder:
    """The folder, and the upstream that its data belongs to. Locking it loads nothing of the service, so a refusal comes at once."""

    state: StateFolder
    identity: Identity
    upstream: str

    @classmethod
    def lock(cls, options: Options, once_locked: Callable[[], None] = lambda: None) -> Self:
        """Lock the folder, and run `once_locked`; raises OSError, and unlocks it, if the service must not use it."""
        state = StateFolder(options.state_dir, options.template.resolve().parent, ephemeral=options.ephemeral)
        try:
            identity = Identity(state.database, state.path)
            upstream = upstream_named(options.parameters.get("UpstreamUrl") or options.upstream_url)
            identity.check(upstream)
            once_locked()
        except BaseException:
            state.release()
            raise
        return cls(state, identity, upstream)

    @property
    def data(self) -> Path | None:
        """Return where the data is kept; None if it is in memory."""
        return self.state.path if self.state.is_kept else None
