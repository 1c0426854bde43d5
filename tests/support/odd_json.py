"""Generate JSON that an upstream might answer: anything at all, and the documented names with any values."""

from typing import Any

from hypothesis import strategies as st

# json.loads accepts NaN and Infinity, so the upstream may send them. Integers up to 300 digits; a separate test covers longer ones.
SCALARS = st.none() | st.booleans() | st.integers(-(10**300), 10**300) | st.floats() | st.text(max_size=40)
_JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4))
NAMES = ("task", "data", "id", "task_id", "status", "reason", "eta", "progress_percent", "videos", "video_url", "error", "message", "code")


def _near(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Generate JSON that uses the documented names for arbitrary values."""
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)


def odd_json() -> st.SearchStrategy[Any]:
    """Generate any JSON."""
    return _JSON | st.recursive(SCALARS, _near)
