"""Where the base URL, the API key and the folders come from: arguments, then the environment, then the file of `cliprelay login`."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cliprelay_client.api.errors import LocalFault, UsageError


@dataclass(frozen=True)
class Settings:
    """Which server, with which key."""

    base_url: str
    api_key: str


def config_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where `cliprelay login` stores base URL and key."""
    given = environment.get("CLIPRELAY_CONFIG")
    return Path(given) if given else _base(environment, "XDG_CONFIG_HOME", ".config") / "cliprelay" / "config.json"


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the keys of open orders are saved."""
    given = environment.get("CLIPRELAY_STATE_DIR")
    return Path(given) if given else _base(environment, "XDG_STATE_HOME", ".local/state") / "cliprelay"


def _base(environment: Mapping[str, str], name: str, under_home: str) -> Path:
    given = environment.get(name, "")
    if given.startswith("/"):
        return Path(given)
    try:
        return Path.home() / under_home
    except RuntimeError:
        raise LocalFault(f"There is no home folder; set {name}.") from None


def settings(base_url: str | None = None, api_key: str | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Find base URL and key; raise UsageError if one is missing."""
    stored = {} if _enough(base_url, api_key, environment) else load(config_file(environment))
    url = base_url or environment.get("CLIPRELAY_BASE_URL") or stored.get("base_url")
    # A stored key belongs to the stored server, and goes to no other.
    own = stored.get("api_key") if url == stored.get("base_url") else None
    key = api_key or environment.get("CLIPRELAY_API_KEY") or own
    if not url or not key:
        missing = " and ".join(name for name, value in (("base URL", url), ("API key", key)) if not value)
        raise UsageError(f"No {missing}: run `cliprelay login`, or set CLIPRELAY_BASE_URL and CLIPRELAY_API_KEY.")
    return Settings(url, key.strip())


def _enough(base_url: str | None, api_key: str | None, environment: Mapping[str, str]) -> bool:
    return bool((base_url or environment.get("CLIPRELAY_BASE_URL")) and (api_key or environment.get("CLIPRELAY_API_KEY")))


def load(path: Path) -> dict[str, str]:
    """Read the file of `cliprelay login`; empty if there is none."""
    try:
        stored = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise LocalFault(f"{path} cannot be read; run `cliprelay login` again.") from None
    return {name: value for name, value in stored.items() if isinstance(value, str)} if isinstance(stored, dict) else {}


def store(path: Path, chosen: Settings) -> None:
    """Write the file, readable by its owner alone."""
    new = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(json.dumps({"base_url": chosen.base_url, "api_key": chosen.api_key}, indent=2) + "\n")
        new.replace(path)
    except OSError as error:
        raise LocalFault(f"{path} cannot be written: {error.strerror}.") from None
