"""Write the warnings of libraries in the service's own process to a file, one JSON line each."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path


class JsonLines(logging.Formatter):
    """One JSON object per record, with its traceback inside."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class WarningFile(logging.FileHandler):
    """Loses a line that cannot be written, as on a full disk, instead of printing a traceback for each."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  named by the base class
        """Say nothing; the request says what failed."""


def log_to(path: Path) -> Callable[[], None]:
    """Send library warnings to a file, to separate them from the progress; return the undo function."""
    handler = WarningFile(path, delay=True)
    handler.setFormatter(JsonLines())
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    # Executions that end with the service still log after this file is closed.
    logging.getLogger("moto").addHandler(logging.NullHandler())

    def undo() -> None:
        logging.getLogger().removeHandler(handler)
        handler.close()

    return undo
