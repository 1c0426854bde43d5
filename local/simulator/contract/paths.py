"""Where a model's paid call goes, by the family's documented pattern."""


def create_path(model: str) -> str:
    """Return the path of a model's paid call."""
    return f"/v3/async/{model}"
