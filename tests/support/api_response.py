"""An answer of the API as a client sees it."""

import json
from typing import Any


class ApiResponse:
    """An answer of the API as a client sees it."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.status: int = answer["statusCode"]
        self.body: str = answer.get("body") or ""
        self.headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def complaints(self) -> set[str]:
        """The fields that a refusal complains about."""
        return {complaint["field"] for complaint in self.json["errors"]}
