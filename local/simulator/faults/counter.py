"""Count how often each fault was applied, on disk before the answer."""

from collections.abc import Iterable
from hashlib import sha256
from sqlite3 import Connection

from local.simulator.faults.directives import Fault
from local.simulator.tasks.journal import Journal

_OLD = "SELECT scope FROM simulator_prompts WHERE first_seen < ?"


class FaultCounter:
    """Counts per scope: a task, or the prompt of a create."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def applies(self, fault: Fault, scope: str, age: float) -> bool:
        """Return whether the fault applies now, and count it; `age` is the scope's, in simulated seconds."""
        if fault.limit.seconds is not None:
            return age < fault.limit.seconds
        return fault.limit.times is None or self._count(fault.key, scope, fault.limit.times)

    def first(self, faults: Iterable[Fault], scope: str, age: float) -> Fault | None:
        return next((fault for fault in faults if self.applies(fault, scope, age)), None)

    def first_seen(self, prompt: str, now: float) -> float:
        """Return when this prompt was first seen, or seen again after an acceptance."""
        scope = prompt_scope(prompt)
        with self._journal.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO simulator_prompts VALUES (?, ?)", (scope, now))
            ((seen,),) = connection.execute("SELECT first_seen FROM simulator_prompts WHERE scope = ?", (scope,))
        return float(seen)

    def forget_prompt(self, connection: Connection, prompt: str) -> None:
        """Restart the prompt's faults for the next equal request."""
        for table in ("faults", "prompts"):
            connection.execute(f"DELETE FROM simulator_{table} WHERE scope = ?", (prompt_scope(prompt),))  # noqa: S608 - constants

    def forget_prompts_before(self, moment: float) -> None:
        """Forget the prompts of which no request was accepted."""
        with self._journal.transaction() as connection:
            connection.execute(f"DELETE FROM simulator_faults WHERE scope IN ({_OLD})", (moment,))  # noqa: S608 - constants
            connection.execute("DELETE FROM simulator_prompts WHERE first_seen < ?", (moment,))

    def _count(self, fault: str, scope: str, limit: int) -> bool:
        with self._journal.transaction() as connection:
            found = connection.execute("SELECT times FROM simulator_faults WHERE scope = ? AND fault = ?", (scope, fault)).fetchone()
            times = found[0] if found else 0
            if times < limit:
                connection.execute("INSERT OR REPLACE INTO simulator_faults VALUES (?, ?, ?)", (scope, fault, times + 1))
        return bool(times < limit)


def prompt_scope(prompt: str) -> str:
    """Return a short name for a prompt of any length."""
    return sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()
