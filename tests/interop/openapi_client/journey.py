"""`python journey.py API KEY PNG`, beside the generated package `generated_client`: orders a video by its classes, and reads it."""

import base64
import sys
import time
import uuid
from pathlib import Path

from generated_client import AuthenticatedClient
from generated_client.api.quotes import create_quote
from generated_client.api.videos import create_video, get_content, get_video, list_videos
from generated_client.models import ProblemAnswer, QuoteAnswer, SeedanceV15ProI2VOrder, Status, VideoAnswer, VideoList

# Generous, because the simulator finishes a video within seconds.
SECONDS = 120


def main(api: str, key: str, picture: str) -> None:
    """Quote, order, replay, wait, list, download, and send an invalid order."""
    client = AuthenticatedClient(base_url=api, token=key, raise_on_unexpected_status=True)
    image = "data:image/png;base64," + base64.b64encode(Path(picture).read_bytes()).decode()
    order = SeedanceV15ProI2VOrder(image=image, prompt="A slow push-in on the lighthouse.", duration=4, generate_audio=False)
    quoted = create_quote.sync(client=client, body=order)
    assert isinstance(quoted, QuoteAnswer)
    name = str(uuid.uuid4())
    ordered = create_video.sync(client=client, body=order, idempotency_key=name)
    assert isinstance(ordered, VideoAnswer), ordered
    replayed = create_video.sync_detailed(client=client, body=order, idempotency_key=name)
    assert (replayed.status_code, replayed.headers["Idempotency-Replayed"]) == (200, "true")
    video = ended(client, ordered.id)
    assert video.status is Status.SUCCEEDED, video
    listed = list_videos.sync(client=client, limit=1)
    assert isinstance(listed, VideoList)
    assert listed.data[0].id == video.id
    assert get_content.sync_detailed(video.id, client=client).status_code == 302
    refused = get_video.sync("vid_00000000000000000000000000", client=client)
    assert isinstance(refused, ProblemAnswer)
    assert refused.code == "not_found"
    sys.stdout.write(f"{video.id} {video.status.value}: {video.video.bytes_} bytes, quoted {quoted.usd.request} US dollars\n")


def ended(client: AuthenticatedClient, video_id: str) -> VideoAnswer:
    """Wait until the video has ended, and return it."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        video = get_video.sync(video_id, client=client, prefer="wait=20")
        assert isinstance(video, VideoAnswer), video
        if video.ended_at:
            return video
    raise SystemExit("the video did not end")


main(*sys.argv[1:])
