"""The product's own template: resources are created, functions load, and the API key works."""

import json
from pathlib import Path

import requests

from local.stack.template import read
from tests.support.local_service import LocalService, StartService
from tests.support.paths import ROOT


def test_every_output_of_the_template_exists(local_service: LocalService) -> None:
    declared = read(ROOT / "template.yaml", {}).section("Outputs")
    assert set(local_service.outputs()) == set(declared)
    assert local_service.outputs()["DocsUrl"] == f"{local_service.api}/docs"
    assert local_service.outputs()["ConsoleUrl"] == f"{local_service.api}/console"


def test_every_function_loads(local_service: LocalService) -> None:
    functions = local_service.client("lambda").list_functions()["Functions"]
    assert len(functions) == len(list(Path("functions").glob("*/app.py")))
    for function in functions:
        answer = local_service.client("lambda").invoke(FunctionName=function["FunctionName"], Payload="{}")
        error = json.load(answer["Payload"]) if "FunctionError" in answer else {}
        assert error.get("errorType") not in ("Runtime.ImportModuleError", "Runtime.ExitError")


def test_only_the_printed_key_is_valid(local_service: LocalService) -> None:
    for key, status in ((local_service.ready["api_key"], 200), ("clr_wrong", 401)):
        answer = requests.get(f"{local_service.api}/v1/videos", headers={"Authorization": f"Bearer {key}"}, timeout=30)
        assert answer.status_code == status


def test_health_needs_no_key(local_service: LocalService) -> None:
    assert requests.get(f"{local_service.api}/health", timeout=30).status_code == 200


def test_the_console_names_the_host_of_the_bucket(local_service: LocalService) -> None:
    answer = requests.get(f"{local_service.api}/", timeout=30)
    assert (answer.status_code, answer.url) == (200, f"{local_service.api}/console")
    assert f"connect-src 'self' {local_service.ready['aws']};" in answer.headers["content-security-policy"]


def test_no_console_serves_none_and_lets_no_page_read_the_bucket(start_service: StartService) -> None:
    service = start_service("--no-console")
    assert "  console        (off)\n" in service.output
    assert [requests.get(f"{service.api}{path}", timeout=30).status_code for path in ("/", "/console", "/health")] == [404, 404, 200]
    bucket = service.outputs()["VideoBucketName"]
    answer = requests.get(f"{service.ready['aws']}/{bucket}/any", headers={"Origin": "https://example.com"}, timeout=30)
    assert "access-control-allow-origin" not in answer.headers


def test_reading_the_bucket_requires_a_signature(local_service: LocalService) -> None:
    bucket = local_service.outputs()["VideoBucketName"]
    assert requests.get(f"{local_service.ready['aws']}/{bucket}", timeout=30).status_code == 403
