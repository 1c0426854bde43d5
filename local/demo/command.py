"""`python -m local demo`: turn a picture into a playable video, with e-mail, signed webhook and durable link."""

import argparse
import base64
import email
import email.policy
import os
import re
import signal
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
from local.demo.draw_lighthouse import PICTURE
from local.demo.output import DemoError, ProgressBar, print_fact, print_heading, print_quote
from local.demo.service_process import Service, running_service
from local.demo.video_facts import VideoFacts, read_video
from local.demo.webhooks import FAILURES, listening, show_attempts, show_event
from local.interruption import INTERRUPTED, raise_keyboard_interrupt
from local.paths import ROOT

PROMPT = "The lamp turns, its beams sweep over the sea, and the waves catch the moonlight. Slow push-in."
SETTINGS: dict[str, Any] = {"duration": 5, "resolution": "720p", "ratio": "16:9", "generate_audio": True}
# A simulated generation takes about a minute; at this scale, all its steps take a few seconds.
TIME_SCALE = 0.1
# For the receiver that is down: its first four attempts take 35 minutes, or four seconds at this scale.
RETRY_TIME_SCALE = 0.002
# The real model finishes within minutes; an hour means that something is wrong.
LONGEST_WAIT = 3_600
MAIL_SECONDS = 30
REAL_UPSTREAM = "https://api.myrouter.ai"

NEXT_STEPS = """  Start the service in one terminal:

    .venv/bin/python -m local serve --ready-file ready.json --time-scale 0.2

  Then, in a second terminal, paste the second block of README.md, section "One request":
  it orders a video, waits for it and downloads it.

  To verify and print webhooks, in a third terminal:

    .venv/bin/python -m local receiver --ready-file ready.json

  The API's documentation is then at http://localhost:8787/docs, and the console at http://localhost:8787/console.
  With DEMO_STAY=1, `make demo` keeps its service up until Ctrl-C."""

# What was paid is not lost with the demo.
REAL_FOLDER = ROOT / ".local" / "demo-real"
GOING_ON = f"""
A video that was ordered is kept, and goes on with:
  .venv/bin/python -m local serve --state-dir {REAL_FOLDER.relative_to(ROOT)}/state --upstream-url {REAL_UPSTREAM}"""


def main(argv: list[str]) -> int:
    """Run the demo; exit status 0: all arrived, or the payment was declined; 1: something is missing; 130: Ctrl-C."""
    raise_keyboard_interrupt()
    parser = argparse.ArgumentParser(prog="python -m local demo", description="Create one video and show every step.")
    parser.add_argument("--real", action="store_true", help="pay the real upstream with UPSTREAM_API_KEY, after confirmation")
    args = parser.parse_args(argv)
    try:
        return _real() if args.real else _simulated()
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED
    except (DemoError, requests.RequestException, OSError) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1


def _simulated() -> int:
    stays = _stays()
    print_heading("Starting ClipRelay on this machine, with a simulated upstream")
    with (
        tempfile.TemporaryDirectory(prefix="cliprelay-demo-") as folder,
        running_service(Path(folder), "--time-scale", str(TIME_SCALE)) as service,
    ):
        _run_video(service, real=False)
        print_heading("The console, a web page for people")
        print_fact("Address", f"{service.api}/console")
        _show_retries()
        _print_next_steps()
        if stays:
            _stay(service)
    return 0


def _show_retries() -> None:
    print_heading("A receiver that is down for the first three attempts")
    with (
        tempfile.TemporaryDirectory(prefix="cliprelay-demo-") as folder,
        running_service(Path(folder), "--time-scale", str(RETRY_TIME_SCALE)) as service,
        listening(service, failures=FAILURES) as (receiver, _),
    ):
        video = _post(service, receiver.url)
        show_attempts(service, receiver, video["id"], RETRY_TIME_SCALE)


def _stays() -> bool:
    """Return whether the service stays up after the demo, by DEMO_STAY; raise DemoError for another value than 0 and 1."""
    value = os.environ.get("DEMO_STAY", "")
    if value not in ("", "0", "1"):
        raise DemoError(f"DEMO_STAY is {value!r}; use 1 to keep the service up until Ctrl-C, or 0")
    return value == "1"


def _stay(service: Service) -> None:
    print_heading("The service stays up until Ctrl-C, because of DEMO_STAY=1")
    print_fact("Console", f"{service.api}/console")
    print_fact("API key", service.key)
    signal.pause()


def _real() -> int:
    key = os.environ.get("UPSTREAM_API_KEY", "")
    if not key:
        raise DemoError("set UPSTREAM_API_KEY to your upstream API key; nothing was sent")
    price = _price()
    print(f"This creates one real video at {REAL_UPSTREAM}: 5 s, 720p, with sound, for about ${price.usd:.2f} of your balance.")
    if not _confirm():
        print("Nothing was sent.")
        return 0
    print_heading(f"Starting ClipRelay on this machine, with {REAL_UPSTREAM}")
    REAL_FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        # Passed in the environment, because other users can read command lines.
        secrets = {"UPSTREAM_API_KEY": key}
        with running_service(REAL_FOLDER, "--upstream-url", REAL_UPSTREAM, secrets=secrets, ephemeral=False) as service:
            _run_video(service, real=True)
    except BaseException:
        print(GOING_ON, file=sys.stderr)
        raise
    return 0


def _confirm() -> bool:
    """Ask whether to pay; raise DemoError where nobody can answer."""
    if not sys.stdin.isatty():
        raise DemoError("the payment needs a confirmation at a terminal; nothing was sent")
    try:
        return input("Type yes to pay for it: ").strip().lower() == "yes"
    except EOFError:  # Ctrl-D
        print()
        return False


def _run_video(service: Service, *, real: bool) -> None:
    print_fact("API", service.api)
    with listening(service) as (receiver, lines):
        print_heading("POST /v1/videos: a picture and a prompt")
        video = _post(service, receiver.url)
        video = _wait_for_end(service, video["id"])
        if video["status"] != "succeeded":
            raise DemoError(f"the video ended {video['status']}: {video.get('error', {}).get('message', 'no reason given')}")
        _show_mail(service, video["id"])
        print_heading("The webhook, verified with the public library")
        link = show_event(receiver, lines, video["id"])
        video = _read(service, video["id"])  # by now with what the file shows
    path = _save(link, video)
    _show_file(path, video)
    spent = "Cost, about" if real else "Would cost"
    print_fact(spent, f"${_price().usd} ({_price().tokens:,} tokens at the published price; the simulator is free)")


def _post(service: Service, webhook_url: str) -> dict[str, Any]:
    print_fact("Picture", PICTURE.relative_to(ROOT))
    print_fact("Prompt", PROMPT)
    image = base64.b64encode(PICTURE.read_bytes()).decode()
    answer = requests.post(
        f"{service.api}/v1/videos",
        json={"image": f"data:image/png;base64,{image}", "prompt": PROMPT, **SETTINGS, "webhook_url": webhook_url},
        headers={"Authorization": f"Bearer {service.key}", "Idempotency-Key": str(uuid.uuid4())},
        timeout=30,
    )
    if answer.status_code != 202:
        raise DemoError(f"POST returned {answer.status_code}: {answer.text[:500]}")
    video: dict[str, Any] = answer.json()
    print_fact("Answer", f"202 Accepted, {video['id']}, {video['status']}")
    return video


def _wait_for_end(service: Service, video_id: str) -> dict[str, Any]:
    print_heading("The steps: submit, poll, archive, thumbnail, notify")
    progress, until = ProgressBar(), time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        video = _read(service, video_id)
        progress.show(video["status"], video["progress"])
        if "ended_at" in video or video["status"] == "unconfirmed":
            progress.end()
            return video
        time.sleep(0.2)
    raise DemoError(f"{video_id} did not finish within an hour")


def _read(service: Service, video_id: str) -> dict[str, Any]:
    answer = requests.get(f"{service.api}/v1/videos/{video_id}", headers={"Authorization": f"Bearer {service.key}"}, timeout=30)
    answer.raise_for_status()
    video: dict[str, Any] = answer.json()
    return video


def _show_mail(service: Service, video_id: str) -> None:
    print_heading("The e-mail from SNS")
    until = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < until:
        for path in service.mail.glob("*.eml"):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if video_id in str(message["Subject"]):
                _quote_mail(message)
                return
        time.sleep(0.1)
    raise DemoError("no e-mail arrived")


def _quote_mail(message: email.message.EmailMessage) -> None:
    text = message.get_content()
    print_quote(f"To: {message['To']}\nSubject: {message['Subject']}\n\n{text}")
    if re.search(r"^http\S+/v1/links/\S+", text, re.MULTILINE) is None:
        raise DemoError("the e-mail contains no link")


def _save(link: str, video: dict[str, Any]) -> Path:
    print_heading("The durable link, opened without an API key")
    print_fact("Link", link)
    answer = requests.get(link, timeout=60)
    if answer.status_code != 200:
        raise DemoError(f"the link returned {answer.status_code}")
    folder = ROOT / "demo" / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True)
    path = folder / f"{video['id']}.mp4"
    path.write_bytes(answer.content)
    return path


def _show_file(path: Path, video: dict[str, Any]) -> None:
    file: VideoFacts = read_video(path)
    shown = video["video"]
    if file.sha256 != shown["sha256"] or file.bytes != shown["bytes"]:
        raise DemoError("the saved file differs from the one described by the API")
    if "poster" not in shown:
        raise DemoError("the API shows no poster")
    if (file.codec, file.width, file.height, file.frames) != (shown["codec"], shown["width"], shown["height"], shown["frames"]):
        raise DemoError("the API shows other facts than the file has")
    print_fact("Saved", path.relative_to(ROOT))
    print_fact("Size", f"{file.bytes:,} bytes")
    print_fact("SHA-256", f"{file.sha256} (as in the API's response)")
    size = f"{shown['codec']} {shown['width']}x{shown['height']}"
    print_fact("Plays", f"{shown['duration']:.2f} s: {shown['frames']} frames at {shown['fps']:g} fps, {size} (by the API, as in the file)")
    print_fact("Sound", file.sound or "none")
    print_fact(
        "Marks", f"C2PA manifest: {_word(shown['provenance']['c2pa'])}; watermark ordered: {_word(shown['provenance']['watermark'])}"
    )
    print_fact("Poster", _save_poster(path, shown["poster"]))


def _save_poster(path: Path, poster: dict[str, Any]) -> str:
    answer = requests.get(poster["link"], timeout=60)
    if answer.status_code != 200 or len(answer.content) != poster["bytes"]:
        raise DemoError(f"the poster's link returned {answer.status_code} and {len(answer.content)} bytes")
    beside = path.with_suffix(".jpg")
    beside.write_bytes(answer.content)
    return f"{beside.relative_to(ROOT)}, {poster['width']}x{poster['height']}, {poster['bytes']:,} bytes"


def _word(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _price() -> Estimate:
    return estimate(IMAGE_TO_VIDEO, IMAGE_TO_VIDEO.spec(SETTINGS))


def _print_next_steps() -> None:
    print_heading("What to try next")
    print(NEXT_STEPS)
