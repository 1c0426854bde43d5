"""Answers that get lost: how often the upstream was paid, through ClipRelay and through a service that pays for every POST."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from local.demo.draw_lighthouse import PICTURE
from tests.interop.openai_sdk.deployment import Deployment
from tests.interop.openai_sdk.naive import NaiveService
from tests.interop.openai_sdk.packages import Package
from tests.support.lossy_proxy import CUT, LossyProxy


class Loss(NamedTuple):
    """A way of losing answers, and how many equal calls are made at once."""

    name: str
    losses: tuple[str, ...]
    calls: int = 1


LOSSES = (
    Loss("nothing lost", ()),
    Loss("cut after the order", (CUT,)),
    Loss("500", ("500",)),
    Loss("503", ("503",)),
    Loss("429", ("429",)),
    Loss("cut twice", (CUT, CUT)),
    Loss("503, then cut", ("503", CUT)),
    Loss("two calls at once, both cut", (CUT, CUT), calls=2),
)


class Case(NamedTuple):
    """One loss with one body of one package."""

    package: Package
    form: str
    loss: Loss

    @property
    def name(self) -> str:
        return "-".join((self.package.name, self.form, self.loss.name)).replace(" ", "_").replace(",", "")

    @property
    def prompt(self) -> str:
        return f"A lighthouse. #{self.name}#"


def table(running: Deployment, packages: list[Package]) -> tuple[list[str], int]:
    """Return the lines of the table, and how many cases were not paid once for each call."""
    cases = [Case(package, form, loss) for package in packages for form in package.forms for loss in LOSSES]
    naive = NaiveService()
    try:
        _order(cases, naive.url, "", running.key)
        paid_by_naive = [naive.paid[case.name] for case in cases]
    finally:
        naive.close()
    ids = _order(cases, running.service.api, "/openai/v1", running.key)
    paid = running.paid()
    return _lines(cases, [paid.get(case.prompt, 0) for case in cases], paid_by_naive, [ids[case.name] for case in cases])


def _order(cases: list[Case], target: str, path: str, key: str) -> dict[str, list[str]]:
    """Run every case through a proxy that loses answers; return the ids that the callers got."""
    proxy = LossyProxy(target)
    try:

        def ordered(package: Package) -> dict[str, list[str]]:
            own = [case for case in cases if case.package is package]
            given = [
                {"url": proxy.url(case.name, *case.loss.losses) + path, "name": case.name, "form": case.form, "prompt": case.prompt}
                | {"calls": case.loss.calls}
                for case in own
            ]
            return package.run("lost", {"cases": given, "key": key, "picture": str(PICTURE)})

        packages = list(dict.fromkeys(case.package for case in cases))
        with ThreadPoolExecutor(len(packages)) as pool:
            return {name: each for found in pool.map(ordered, packages) for name, each in found.items()}
    finally:
        proxy.close()


def _lines(cases: list[Case], paid: list[int], by_naive: list[int], ids: list[list[str]]) -> tuple[list[str], int]:
    wrong, lines = 0, [f"{'package':<14}{'body':<6}{'lost':<30}{'calls':>6}{'ClipRelay paid':>16}{'naive paid':>12}"]
    for case, mine, theirs, got in zip(cases, paid, by_naive, ids, strict=True):
        is_right = mine == case.loss.calls == len({each for each in got if each.startswith("vid_")})
        wrong += not is_right
        lines.append(
            f"{case.package.name:<14}{case.form:<6}{case.loss.name:<30}{case.loss.calls:>6}{mine:>16}{theirs:>12}"
            + ("" if is_right else f"  WRONG {got}")
        )
    calls = sum(case.loss.calls for case in cases)
    return [*lines, f"{calls} calls: paid {sum(paid)} times through ClipRelay, {sum(by_naive)} times by the naive service"], wrong
