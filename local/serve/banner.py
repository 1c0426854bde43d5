"""What a service prints once it is ready: its addresses, and where its data is."""

import shlex

from local.serve.own_folder import OwnFolder
from local.serve.service import ReadyFile, Service


def banner(ready: ReadyFile, service: Service, folder: OwnFolder) -> str:
    """Describe a running service."""
    key = ready.api_key or "(none)"
    return "\n".join(
        [
            "",
            f"  ClipRelay      {ready.api}",
            f"  API key        {key}",
            f"  documentation  {f'{ready.api}/docs' if service.serves_docs else '(off)'}",
            f"  console        {f'{ready.api}/console' if service.serves_console else '(off)'}",
            f"  AWS endpoint   {ready.aws}  (region {ready.region}, any credentials)",
            f"  simulator      {ready.simulator or '(using a real upstream)'}",
            f"  data           {folder.data or '(in memory)'}",
            f"  e-mails        {ready.mail}",
            f"  logs           {ready.logs}",
            f"  sam --env-vars {service.env_file}",
            "",
            *_about_data(folder),
            "  Press Ctrl-C to stop.",
            "",
            f"  curl -H 'Authorization: Bearer {key}' {ready.api}/v1/videos",
            "",
            *_going_on(service.open_videos),
        ]
    )


def _about_data(folder: OwnFolder) -> list[str]:
    if folder.data is None:
        return ["  All data is in memory and is lost on exit."]
    return [
        f"  The data belongs to {folder.upstream}, and remains when the service stops. To remove it:",
        f"  .venv/bin/python -m local state clear --state-dir {shlex.quote(str(folder.data))}",
    ]


def _going_on(videos: int) -> list[str]:
    return [f"  {videos} video{'s go' if videos > 1 else ' goes'} on.", ""] if videos else []
