"""`python -m local demo`: a real picture in; a playable video, an e-mail, a signed webhook and a lasting link out."""

import argparse
import base64
import email
import email.policy
import os
import re
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from cliprelay.catalog.pricing import Estimate, estimate
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.catalog.spec import Spec
from local.demo.draw_lighthouse import PICTURE
from local.demo.output import DemoFailed, Progress, fact, heading, quote
from local.demo.service_process import Service, running_service
from local.demo.video_facts import FilmFacts, read_film
from local.demo.webhooks import FAILURES, listening, show_attempts, show_event
from local.paths import ROOT

PROMPT = "The lamp turns, its beams sweep over the sea, and the waves catch the moonlight. Slow push-in."
SETTINGS: dict[str, Any] = {"duration": 5, "resolution": "720p", "ratio": "16:9", "generate_audio": True}
# A simulated generation takes about a minute; at a tenth of its time, with all its steps, a few seconds.
TIME_SCALE = 0.1
# For the webhook whose receiver is down at first: the first four attempts take 35 minutes, here four seconds.
HURRIED = 0.002
# The real model is done in minutes; an hour without an ending is worth a look.
LONGEST_WAIT = 3_600
MAIL_SECONDS = 30
REAL_UPSTREAM = "https://api.myrouter.ai"

# The picture goes through standard input: as an argument it would be longer than Linux allows.
NEXT_STEPS = r"""  Start the service in one terminal, and keep it running:

    .venv/bin/python -m local serve --ready-file ready.json

  Then, in another one:

    KEY=$(.venv/bin/python -c 'import json; print(json.load(open("ready.json"))["api_key"])')

    (printf '{"prompt": "Waves at dusk", "image": "data:image/png;base64,'; base64 < local/demo/lighthouse.png | tr -d '\n'; printf '"}') |
      curl -s localhost:8787/v1/videos -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d @-

    curl -s 'localhost:8787/v1/videos?limit=1' -H "Authorization: Bearer $KEY"

    curl -sL localhost:8787/v1/videos/THE_ID/content -H "Authorization: Bearer $KEY" -o video.mp4

  Webhooks, verified and printed, in a third one:

    .venv/bin/python -m local receiver --ready-file ready.json

  The API's documentation is then at http://localhost:8787/docs"""


def main(argv: list[str]) -> int:
    """Exit status 0 only when the video, the e-mail, the webhooks and the link are all there."""
    parser = argparse.ArgumentParser(prog="python -m local demo", description="Makes one video and shows every step.")
    parser.add_argument("--real", action="store_true", help="pay the real upstream with UPSTREAM_API_KEY; asks first")
    given = parser.parse_args(argv)
    try:
        return _real() if given.real else _simulated()
    except (DemoFailed, requests.RequestException, OSError) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1


def _simulated() -> int:
    heading("Starting ClipRelay on this machine, with a simulated upstream")
    with (
        tempfile.TemporaryDirectory(prefix="cliprelay-demo-") as folder,
        running_service(Path(folder), "--time-scale", str(TIME_SCALE)) as service,
    ):
        _make_video(service, real=False)
    heading("A receiver that is down for the first three attempts")
    with (
        tempfile.TemporaryDirectory(prefix="cliprelay-demo-") as folder,
        running_service(Path(folder), "--time-scale", str(HURRIED)) as service,
        listening(service, failures=FAILURES) as (receiver, _),
    ):
        video = _post(service, receiver.url)
        show_attempts(service, receiver, video["id"], HURRIED)
    _what_next()
    return 0


def _real() -> int:
    key = os.environ.get("UPSTREAM_API_KEY", "")
    if not key:
        raise DemoFailed("set UPSTREAM_API_KEY to your key of the upstream; nothing was sent")
    price = _price()
    print(f"This makes one real video at {REAL_UPSTREAM}: 5 s, 720p, with sound, about ${price.usd:.2f} of your balance.")
    if input("Type yes to pay for it: ").strip().lower() != "yes":
        raise DemoFailed("not confirmed; nothing was sent")
    heading(f"Starting ClipRelay on this machine, with {REAL_UPSTREAM}")
    with tempfile.TemporaryDirectory(prefix="cliprelay-demo-") as folder:
        flags = ("--upstream-url", REAL_UPSTREAM)
        # Through the environment: a command line can be read by every user of the machine.
        with running_service(Path(folder), *flags, secrets={"UPSTREAM_API_KEY": key}) as service:
            _make_video(service, real=True)
    return 0


def _make_video(service: Service, *, real: bool) -> None:
    fact("API", service.api)
    with listening(service) as (receiver, said):
        heading("POST /v1/videos: a picture and a prompt")
        video = _post(service, receiver.url)
        video = _follow(service, video["id"])
        if video["status"] != "succeeded":
            raise DemoFailed(f"the video ended {video['status']}: {video.get('error', {}).get('message', 'no reason given')}")
        _show_mail(service, video["id"])
        heading("The webhook, verified with the public library")
        link = show_event(receiver, said, video["id"])
    path = _save(link, video)
    _show_file(path, video)
    spent = "Cost, about" if real else "Would cost"
    fact(spent, f"${_price().usd} ({_price().tokens:,} tokens at the published price; the simulator is free)")


def _post(service: Service, webhook_url: str) -> dict[str, Any]:
    fact("Picture", PICTURE.relative_to(ROOT))
    fact("Prompt", PROMPT)
    image = base64.b64encode(PICTURE.read_bytes()).decode()
    answer = requests.post(
        f"{service.api}/v1/videos",
        json={"image": f"data:image/png;base64,{image}", "prompt": PROMPT, **SETTINGS, "webhook_url": webhook_url},
        headers={"Authorization": f"Bearer {service.key}", "Idempotency-Key": str(uuid.uuid4())},
        timeout=30,
    )
    if answer.status_code != 202:
        raise DemoFailed(f"POST answered {answer.status_code}: {answer.text[:500]}")
    video: dict[str, Any] = answer.json()
    fact("Answer", f"202 Accepted, {video['id']}, {video['status']}")
    return video


def _follow(service: Service, video_id: str) -> dict[str, Any]:
    heading("The walk: submit, poll, archive, notify")
    progress, until = Progress(), time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        answer = requests.get(f"{service.api}/v1/videos/{video_id}", headers={"Authorization": f"Bearer {service.key}"}, timeout=30)
        answer.raise_for_status()
        video: dict[str, Any] = answer.json()
        progress.show(video["status"], video["progress"])
        if "ended_at" in video or video["status"] == "unconfirmed":
            progress.end()
            return video
        time.sleep(0.2)
    raise DemoFailed(f"{video_id} did not end within an hour")


def _show_mail(service: Service, video_id: str) -> None:
    heading("The e-mail that SNS sent")
    until = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < until:
        for path in service.mail.glob("*.eml"):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if video_id in str(message["Subject"]):
                _quote_mail(message)
                return
        time.sleep(0.1)
    raise DemoFailed("no e-mail came")


def _quote_mail(message: email.message.EmailMessage) -> None:
    text = message.get_content()
    quote(f"To: {message['To']}\nSubject: {message['Subject']}\n\n{text}")
    if re.search(r"^http\S+/v1/links/\S+", text, re.MULTILINE) is None:
        raise DemoFailed("the e-mail carries no link")


def _save(link: str, video: dict[str, Any]) -> Path:
    heading("The durable link, opened without a key")
    fact("Link", link)
    answer = requests.get(link, timeout=60)
    if answer.status_code != 200:
        raise DemoFailed(f"the link answered {answer.status_code}")
    folder = ROOT / "demo" / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True)
    path = folder / f"{video['id']}.mp4"
    path.write_bytes(answer.content)
    return path


def _show_file(path: Path, video: dict[str, Any]) -> None:
    film: FilmFacts = read_film(path)
    if film.sha256 != video["video"]["sha256"] or film.bytes != video["video"]["bytes"]:
        raise DemoFailed("the saved file is not the one that the API describes")
    fact("Saved", path.relative_to(ROOT))
    fact("Size", f"{film.bytes:,} bytes")
    fact("SHA-256", f"{film.sha256} (the same as the API says)")
    fact("Plays", f"{film.seconds:.2f} s: {film.frames} frames at {film.fps:g} fps, {film.codec} {film.width}x{film.height}")
    fact("Sound", film.sound or "none")


def _price() -> Estimate:
    return estimate(IMAGE_TO_VIDEO, Spec.of(IMAGE_TO_VIDEO, SETTINGS))


def _what_next() -> None:
    heading("What to try next")
    print(NEXT_STEPS)
