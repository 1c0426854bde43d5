"""`batch`: many orders, which go on after anything, because each key follows from its content."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import click

from cliprelay_client.api.errors import ApiError, ClipRelayError, LocalFault, Unavailable, Unreachable, UsageError
from cliprelay_client.cli.notes import Known
from cliprelay_client.cli.options import Usd, common, fields_of, order_settings
from cliprelay_client.cli.ordering import Refused, ask
from cliprelay_client.cli.output import readable, usd
from cliprelay_client.cli.progress import Progress
from cliprelay_client.cli.rows import Row, rows_of
from cliprelay_client.cli.session import PATIENCE_AT_FIRST, Session, session

if TYPE_CHECKING:
    from cliprelay_client.api.async_client import AsyncClient, AsyncVideo

# At once; a server has a limit of requests per second for all its users.
QUOTES, ORDERS, DOWNLOADS = 6, 4, 3
# An outage of the server is waited out for this long, because nobody looks at a batch all the time.
PATIENCE = 600.0


@dataclass
class Job:
    """A row, and what has become of it."""

    row: Row
    price: Decimal = Decimal(0)
    video_id: str = ""
    file: str = ""
    error: ClipRelayError | None = None

    def document(self) -> dict[str, Any]:
        members = {"name": self.row.name, "id": self.video_id, "file": self.file, "error": str(self.error) if self.error else ""}
        return {name: value for name, value in members.items() if value}


@dataclass
class Batch:
    """One run over a file."""

    current: Session
    client: "AsyncClient"
    jobs: Sequence[Job]
    folder: Path
    known: Known
    progress: Progress
    ended: int = 0
    spent: Decimal = field(default_factory=Decimal)

    def show(self, state: str, done: int) -> None:
        self.progress.show(state, done / len(self.jobs), f"{done}/{len(self.jobs)}  {usd(self.spent)}")


@click.command("batch")
@click.argument("source", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option("--prompt", metavar="TEXT", help="The prompt of rows that have none.")
@click.option("--output", "-o", metavar="FOLDER", help="Where the videos go; by default NAME-videos in this folder.")
@click.option("--max-usd", type=Usd(), help="Refuse the batch if all its videos together would cost more.")
@click.option("--yes", "-y", is_flag=True, help="Order without a question.")
@click.option("--variation", default="", metavar="TEXT", help="Order the same rows once more, under another name.")
@order_settings
@common
@click.pass_context
def batch_command(ctx: click.Context, /, source: Path, prompt: str | None, output: str | None, variation: str, **options: Any) -> int:
    """Order and download many videos. They are the rows of a .jsonl or .csv file, or the pictures of a folder.

    Run it again after any interruption: what was ordered is not ordered again.
    """
    current = session(ctx, options)
    current.going_on = "the same command; what was ordered is not ordered again."
    max_usd, yes = options.pop("max_usd"), options.pop("yes")
    defaults = {**fields_of(options), **({"prompt": prompt} if prompt else {})}
    jobs = [Job(row) for row in rows_of(source, defaults, variation)]
    folder = Path(output) if output else Path(f"{source.resolve().stem}-videos")
    return anyio.run(_run, current, jobs, folder, max_usd, yes)


async def _run(current: Session, jobs: list[Job], folder: Path, max_usd: Decimal | None, yes: bool) -> int:
    from cliprelay_client.api.async_client import AsyncClient
    from cliprelay_client.api.settings import state_folder

    async with AsyncClient(current.base_url, current.api_key, patience=PATIENCE, patience_at_first=PATIENCE_AT_FIRST) as client:
        known = Known(state_folder() / "batches" / f"{_server(client)}.jsonl")
        progress = Progress(is_shown=not current.output.is_quiet)
        client.core.on_repeat = progress.trouble
        batch = Batch(current, client, jobs, folder, known, progress)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            await _price(batch, max_usd, yes=yes)
            await _order_all(batch)
            await _collect(batch)
        except BaseExceptionGroup as group:
            raise _first(group) from None
        finally:
            progress.clear()
    return _report(batch)


def _server(client: "AsyncClient") -> str:
    import hashlib

    return hashlib.sha256(f"{client.core.base_url} {client.core.api_key}".encode()).hexdigest()[:16]


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found


async def _each(jobs: Sequence[Job], at_once: int, work: Callable[[Job], Awaitable[None]]) -> None:
    """Do the work for all jobs, so many at once."""
    limit = anyio.CapacityLimiter(at_once)

    async def one(job: Job) -> None:
        async with limit:
            await work(job)

    async with anyio.create_task_group() as group:
        for job in jobs:
            group.start_soon(one, job)


async def _price(batch: Batch, max_usd: Decimal | None, *, yes: bool) -> None:
    """Say what all rows cost together, and ask; rows that were ordered before count, but are not asked for."""
    done = 0
    for job in batch.jobs:
        job.video_id, job.price = batch.known.ids.get(job.row.key, ("", Decimal(0)))
    new = [job for job in batch.jobs if not job.video_id]
    is_exact = True

    async def one(job: Job) -> None:
        nonlocal done, is_exact
        order = job.row.order()
        try:
            quoted = await batch.client.videos.quote(order.pictures.get("image"), **_fields(order))
            job.price, is_exact = quoted.usd, is_exact and quoted.is_exact
        except ApiError as refused:
            if isinstance(refused, Unavailable) or refused.status in (401, 403):
                raise
            job.error = refused
        done += 1
        batch.show("pricing", done)

    await _each(new, QUOTES, one)
    batch.progress.clear()
    batch.spent = sum((job.price for job in batch.jobs), Decimal(0))
    _refuse(batch, new, max_usd)
    if new:
        cost = sum((job.price for job in new), Decimal(0))
        rest = f", {len(batch.jobs) - len(new)} were ordered before" if len(new) < len(batch.jobs) else ""
        said = f"{'' if is_exact else 'about '}{usd(cost)} for {len(new)} videos{rest}"
        ask(batch.current, said, [], yes=yes or max_usd is not None)
    else:
        batch.current.output.note(f"All {len(batch.jobs)} videos were ordered before; nothing is paid again.")


def _refuse(batch: Batch, new: Sequence[Job], max_usd: Decimal | None) -> None:
    """Refuse the batch before its first order, if a row is bad or the sum too high."""
    bad = [job for job in new if job.error]
    if bad:
        more = f" And {len(bad) - 5} more rows." if len(bad) > 5 else ""
        raise Refused(f"Nothing was ordered. {' '.join(f'{job.row.name}: {job.error}' for job in bad[:5])}{more}")
    if max_usd is not None and batch.spent > max_usd:
        raise Refused(f"The {len(batch.jobs)} videos cost {usd(batch.spent)}, more than --max-usd {max_usd}; nothing more was ordered.")


def _fields(order: Any) -> dict[str, Any]:
    return {**{name: picture for name, picture in order.pictures.items() if name != "image"}, **order.settings}


async def _order_all(batch: Batch) -> None:
    done = 0

    async def one(job: Job) -> None:
        nonlocal done
        if not job.video_id:
            order = job.row.order()
            try:
                video = await batch.client.videos.create(order.pictures.get("image"), key=job.row.key, **_fields(order))
            except (Unreachable, Unavailable):
                raise
            except ApiError as refused:
                if refused.status in (401, 402, 403):
                    raise
                job.error = refused
            else:
                job.video_id = video.id
                batch.known.add(job.row.key, video.id, job.price)
        done += 1
        batch.show("ordering", done)

    await _each(batch.jobs, ORDERS, one)


async def _collect(batch: Batch) -> None:
    """Download each video as soon as it is made."""
    waiting = {job.video_id: job for job in batch.jobs if job.video_id}
    limit, ended = anyio.CapacityLimiter(DOWNLOADS), 0

    async def one(video: "AsyncVideo") -> None:
        nonlocal ended
        async with limit:
            await _finish(batch, waiting[video.id], video)
        ended += 1
        batch.show("making", ended)

    batch.show("making", 0)
    async with anyio.create_task_group() as clock:
        if batch.progress.is_shown:
            clock.start_soon(_tick, batch.progress)
        async with anyio.create_task_group() as group:
            async for video in batch.client.videos.wait_many(list(waiting)):
                group.start_soon(one, video)
        clock.cancel_scope.cancel()


async def _tick(progress: Progress) -> None:
    while True:
        await anyio.sleep(1)
        progress.tick()


async def _finish(batch: Batch, job: Job, video: "AsyncVideo") -> None:
    from cliprelay_client.api.downloads import is_whole
    from cliprelay_client.api.video import outcome_error

    job.error = outcome_error(video)
    if job.error:
        return
    if not video.raw.get("video"):
        job.error = UsageError(f"{video.id} has no file any more.")
        return
    target = batch.folder / f"{job.row.name}.mp4"
    if target.exists() and not is_whole(target, video.bytes or 0, video.sha256 or ""):
        target = batch.folder / f"{job.row.name}-{video.id[-6:]}.mp4"
    try:
        job.file = str(await batch.client.videos.download(video, target))
    except LocalFault:
        raise
    except ClipRelayError as error:
        job.error = error


def _report(batch: Batch) -> int:
    """Print one line per row; the exit code is that of the worst one."""
    failed = [job for job in batch.jobs if job.error]
    lines = [line for job in batch.jobs for line in ([job.file] if job.file else readable(f"{job.row.name}: {job.error}"))]
    batch.current.output.result([job.document() for job in batch.jobs], lines)
    batch.current.output.note(f"{len(batch.jobs) - len(failed)} of {len(batch.jobs)} made, in {batch.folder}")
    return max((job.error.exit_code for job in failed if job.error), default=0)
