"""The asynchronous client: the same names as the synchronous one, to be awaited."""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx

from cliprelay_client.api import downloads, orders, records, waiting
from cliprelay_client.api.core import Core
from cliprelay_client.api.drivers import AsyncDriver
from cliprelay_client.api.journal import Journal
from cliprelay_client.api.pictures import PictureSource
from cliprelay_client.api.settings import settings, state_folder
from cliprelay_client.api.steps import Flow
from cliprelay_client.api.video import Page, Quote, VideoData, or_error


class AsyncVideo(VideoData):
    """A video at one moment, with what can be done about it."""

    def __init__(self, raw: Mapping[str, Any], videos: "AsyncVideos", *, replayed: bool = False) -> None:
        super().__init__(raw, replayed=replayed)
        self._videos = videos

    async def wait(self, timeout: float | None = None, on_update: Callable[["AsyncVideo"], None] | None = None) -> "AsyncVideo":
        """Wait for the end; raise VideoFailed or VideoUnconfirmed if there is no file."""
        return await self._videos.wait(self.id, timeout=timeout, on_update=on_update)

    async def download(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Download the file, whole or not at all."""
        return await self._videos.download(self, path, overwrite=overwrite)

    async def refresh(self) -> "AsyncVideo":
        """Read the video again."""
        return await self._videos.get(self.id)

    async def cancel(self, *, discard: bool = False) -> "AsyncVideo":
        """Ask to cancel; the answer says whether it may still be billed."""
        return await self._videos.cancel(self.id, discard=discard)

    async def delete(self) -> None:
        """Delete the ended video: its file, link, prompt and metadata."""
        await self._videos.delete(self.id)


class AsyncVideos:
    """Order, read, wait for, download, cancel and delete videos."""

    def __init__(self, core: Core, driver: AsyncDriver, journal: Journal) -> None:
        self._core, self._driver, self._journal = core, driver, journal

    async def create(
        self,
        image: PictureSource | None = None,
        prompt: str = "",
        *,
        key: str | None = None,
        last_image: PictureSource | None = None,
        model: str | None = None,
        ratio: str | None = None,
        duration: int | None = None,
        resolution: str | None = None,
        seed: int | None = None,
        generate_audio: bool | None = None,
        camera_fixed: bool | None = None,
        watermark: bool | None = None,
        service_tier: str | None = None,
        max_cost_usd: object = None,
        metadata: Mapping[str, str] | None = None,
        webhook_url: str | None = None,
        **more: Any,
    ) -> AsyncVideo:
        """Order a video; `key="content"` makes the same picture, prompt and settings the same video."""
        order = orders.order_of(image, prompt, orders.given_fields(locals()))
        raw, replayed = await self._driver.run(orders.create(self._core, order, key, self._journal))
        return AsyncVideo(raw, self, replayed=replayed)

    async def quote(self, image: PictureSource | None = None, prompt: str = "", **fields: Any) -> Quote:
        """Ask what an order would produce and cost; nothing is recorded or paid."""
        return Quote(await self._driver.run(orders.quote(self._core, orders.order_of(image, prompt, fields))))

    async def get(self, video_id: str) -> AsyncVideo:
        """Read a video."""
        return await self._video(records.get(self._core, video_id))

    async def list(self, *, limit: int | None = None, after: str | None = None, **filters: object) -> Page[AsyncVideo]:
        """Read a page of your videos, newest first; filters are `status`, `order` and those of the server's version."""
        found = await self._driver.run(records.page(self._core, {"limit": limit, "after": after, **filters}))
        return Page([AsyncVideo(each, self) for each in found["data"]], found.get("next"))

    async def iterate(self, **filters: object) -> AsyncIterator[AsyncVideo]:
        """Read all your videos, page by page."""
        async for raw in self._driver.each(records.pages(self._core, filters)):
            yield AsyncVideo(raw, self)

    async def wait(
        self, video_id: str, *, timeout: float | None = None, on_update: Callable[[AsyncVideo], None] | None = None
    ) -> AsyncVideo:
        """Wait for the end; raise VideoFailed or VideoUnconfirmed if there is no file."""
        show = (lambda raw: on_update(AsyncVideo(raw, self))) if on_update else None
        return or_error(AsyncVideo(await self._driver.run(waiting.wait(self._core, video_id, timeout), show), self))

    async def wait_many(self, video_ids: Sequence[str | VideoData], *, timeout: float | None = None) -> AsyncIterator[AsyncVideo]:
        """Yield each video once it has ended, whatever its status, or is unconfirmed; a hundred are asked for in one request."""
        async for raw in self._driver.each(waiting.wait_many(self._core, video_ids, timeout)):
            yield AsyncVideo(raw, self)

    async def download(
        self,
        video: str | VideoData,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        on_bytes: Callable[[int], None] | None = None,
    ) -> Path:
        """Download the file of a video: resumed after a break, checked by SHA-256, renamed into place when it is whole."""
        path_written: Path = await self._driver.run(downloads.download_of(self._core, video, path, overwrite=overwrite), on_bytes)
        return path_written

    async def cancel(self, video_id: str, *, discard: bool = False) -> AsyncVideo:
        """Ask to cancel; the answer says whether it may still be billed."""
        return await self._video(records.cancel(self._core, video_id, discard=discard))

    async def delete(self, video_id: str) -> None:
        """Delete an ended video: its file, link, prompt and metadata."""
        await self._driver.run(records.delete(self._core, video_id))

    async def new_link(self, video_id: str) -> AsyncVideo:
        """Revoke the durable link and issue a new one."""
        return await self._video(records.new_link(self._core, video_id))

    async def deliveries(self, video_id: str) -> Sequence[Mapping[str, Any]]:
        """List the webhook deliveries of a video, newest first."""
        found: Sequence[Mapping[str, Any]] = await self._driver.run(records.deliveries(self._core, video_id))
        return found

    async def resend(self, video_id: str, *, event: str | None = None) -> Mapping[str, Any]:
        """Send the newest event again, or the one with this id."""
        sent: Mapping[str, Any] = await self._driver.run(records.resend(self._core, video_id, event))
        return sent

    async def _video(self, flow: Flow) -> AsyncVideo:
        return AsyncVideo(await self._driver.run(flow), self)


class AsyncClient:
    """A connection to one server with one API key, from arguments, the environment, or `cliprelay login`."""

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        patience: float = 60.0,
        patience_at_first: float | None = None,
        state_dir: str | os.PathLike[str] | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        found = settings(base_url, api_key)
        self.core = Core(found.base_url, found.api_key, patience, patience_at_first)
        self._http = http or httpx.AsyncClient()
        self.driver = AsyncDriver(self._http)
        self.journal = Journal(Path(state_dir) if state_dir else state_folder())
        self.videos = AsyncVideos(self.core, self.driver, self.journal)

    async def usage(self, **parameters: object) -> Mapping[str, Any]:
        """Read what was made and what it cost; `from_`, `to` and `by` as the API has them."""
        found: Mapping[str, Any] = await self.driver.run(records.usage(self.core, parameters))
        return found

    async def models(self) -> Sequence[Mapping[str, Any]]:
        """List the models on offer, the default first."""
        found: Sequence[Mapping[str, Any]] = await self.driver.run(records.models(self.core))
        return found

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
