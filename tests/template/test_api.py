"""The HTTP API: its routes, their limits, and the function behind them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cliprelay.api.http.prefer_wait import GATEWAY_SECONDS, LONGEST
from tests.support.product_template import product_template

TEMPLATE: dict[str, Any] = product_template()
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
FUNCTIONS = {name: part for name, part in RESOURCES.items() if part["Type"] == "AWS::Serverless::Function"}


def test_the_api_function_answers_before_the_gateway_gives_up() -> None:
    api = RESOURCES["ApiFunction"]["Properties"]
    for route in api["Events"].values():
        assert api["Timeout"] * 1000 < route["Properties"]["TimeoutInMillis"] <= 30000


def _routes() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return function and properties by route key."""
    events = [(name, each) for name, part in FUNCTIONS.items() for each in part["Properties"].get("Events", {}).values()]
    routes = [(name, each["Properties"]) for name, each in events if each["Type"] == "HttpApi"]
    # Without both, SAM creates a $default route.
    return {f"{made['Method']} {made['Path']}" if {"Path", "Method"} & set(made) else "$default": (name, made) for name, made in routes}


def test_every_route_leads_to_the_api_function_and_the_default_one_takes_all_others() -> None:
    assert set(_routes()) == {"$default", "GET /docs", "GET /openapi.json"}
    for function, route in _routes().values():
        assert (function, route["ApiId"], route["PayloadFormatVersion"]) == ("ApiFunction", {"Ref": "HttpApi"}, "2.0")


def test_the_documentation_has_a_low_rate_of_its_own() -> None:
    settings = RESOURCES["HttpApi"]["Properties"]["RouteSettings"]
    # Settings for a route that does not exist fail the deployment.
    assert set(settings) == set(_routes()) - {"$default"}
    assert all(each == {"ThrottlingRateLimit": 2, "ThrottlingBurstLimit": 10} for each in settings.values())


def test_the_documentation_can_be_switched_off_with_its_output() -> None:
    parameter = TEMPLATE["Parameters"]["ServeDocs"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("true", ["true", "false"])
    assert FUNCTIONS["ApiFunction"]["Properties"]["Environment"]["Variables"]["SERVE_DOCS"] == {"Ref": "ServeDocs"}
    condition = TEMPLATE["Outputs"]["DocsUrl"]["Condition"]
    assert TEMPLATE["Conditions"][condition] == {"Fn::Equals": [{"Ref": "ServeDocs"}, "true"]}


def test_links_show_a_page_only_if_the_operator_wants_that() -> None:
    parameter = TEMPLATE["Parameters"]["LinkPages"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("false", ["true", "false"])
    assert FUNCTIONS["ApiFunction"]["Properties"]["Environment"]["Variables"]["LINK_PAGES"] == {"Ref": "LinkPages"}


def test_the_console_can_be_switched_off_with_its_output() -> None:
    parameter = TEMPLATE["Parameters"]["Console"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("true", ["true", "false"])
    assert FUNCTIONS["ApiFunction"]["Properties"]["Environment"]["Variables"]["SERVE_CONSOLE"] == {"Ref": "Console"}
    condition = TEMPLATE["Outputs"]["ConsoleUrl"]["Condition"]
    assert TEMPLATE["Conditions"][condition] == {"Fn::Equals": [{"Ref": "Console"}, "true"]}


def test_the_template_has_no_yaml_aliases_which_cloudformation_refuses() -> None:
    assert [token for token in yaml.scan(Path("template.yaml").read_text()) if isinstance(token, yaml.AliasToken)] == []


def test_cors_is_on_only_when_an_origin_is_given() -> None:
    condition, on, off = RESOURCES["HttpApi"]["Properties"]["CorsConfiguration"]["Fn::If"]
    assert TEMPLATE["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "CorsAllowOrigin"}, ""]}]}
    assert on["AllowOrigins"] == [{"Ref": "CorsAllowOrigin"}]
    assert {"authorization", "content-type", "idempotency-key", "prefer"} <= set(on["AllowHeaders"])
    assert off == {"Ref": "AWS::NoValue"}


def test_the_stage_is_throttled_by_parameters() -> None:
    settings = RESOURCES["HttpApi"]["Properties"]["DefaultRouteSettings"]
    assert settings == {"ThrottlingRateLimit": {"Ref": "ThrottleRate"}, "ThrottlingBurstLimit": {"Ref": "ThrottleBurst"}}


def test_only_the_api_reserves_concurrency_and_only_on_request_so_that_an_account_with_a_limit_of_ten_fits() -> None:
    assert "ReservedConcurrentExecutions" not in TEMPLATE["Globals"]["Function"]
    reserved = {name: part["Properties"].get("ReservedConcurrentExecutions") for name, part in FUNCTIONS.items()}
    condition, on, off = reserved.pop("ApiFunction")["Fn::If"]
    assert (on, off, set(reserved.values())) == ({"Ref": "ApiConcurrency"}, {"Ref": "AWS::NoValue"}, {None})
    assert TEMPLATE["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ApiConcurrency"}, ""]}]}
    assert TEMPLATE["Parameters"]["ApiConcurrency"]["Default"] == ""


@pytest.mark.parametrize(("value", "is_allowed"), [("", True), ("1", True), ("900", True), ("0", False), ("-1", False), ("ten", False)])
def test_reserved_concurrency_is_empty_or_at_least_one(value: str, is_allowed: bool) -> None:
    assert bool(re.fullmatch(TEMPLATE["Parameters"]["ApiConcurrency"]["AllowedPattern"], value)) is is_allowed


def test_the_longest_wait_is_a_parameter_that_no_value_raises_above_the_code_s_own_limit() -> None:
    parameter = TEMPLATE["Parameters"]["MaxWait"]
    assert (parameter["MinValue"], parameter["MaxValue"], parameter["Default"]) == (0, LONGEST, LONGEST)
    assert FUNCTIONS["ApiFunction"]["Properties"]["Environment"]["Variables"]["MAX_WAIT"] == {"Ref": "MaxWait"}
    assert LONGEST + 3 < FUNCTIONS["ApiFunction"]["Properties"]["Timeout"] < GATEWAY_SECONDS
