"""The demo's service: when it does not start, the demo ends with the service's own last words."""

from pathlib import Path

import pytest

from local.demo.output import DemoError
from local.demo.service_process import running_service


def test_a_service_that_does_not_start_is_shown_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="is not a positive number"), running_service(tmp_path, "--time-scale", "never"):
        pass
