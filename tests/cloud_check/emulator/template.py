"""The built template with what a machine without public addresses needs, and with MiniStack's known gaps closed."""

from typing import Any

SECRETS = ("UpstreamSecret", "WebhookMasterSecret")


def edit(template: dict[str, Any], endpoint: str, certificate: str) -> dict[str, Any]:
    """Return a template whose functions call the emulator; raise ValueError if a part to change is missing."""
    functions = template["Globals"]["Function"]["Environment"]["Variables"]
    if functions.get("AWS_ENDPOINT_URL") != "":
        raise ValueError("the template declares no empty AWS_ENDPOINT_URL")
    functions |= {"AWS_ENDPOINT_URL": endpoint, "AWS_CA_BUNDLE": certificate}
    # The upstream and the receiver listen on loopback, with http.
    pattern = template["Parameters"]["UpstreamUrl"]
    pattern["AllowedPattern"] = pattern["AllowedPattern"].replace("^https://", "^https?://")
    for resource in template["Resources"].values():
        variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        if variables.get("ADDRESS_RULES") == "public":
            variables["ADDRESS_RULES"] = "loopback"
        _simplify(resource)
        for name, value in variables.items():
            variables[name] = _as_text(value, template.get("Mappings", {}))
    edited: dict[str, Any] = _secrets_by_arn(template)
    return edited


def _simplify(resource: dict[str, Any]) -> None:
    """Reduce an alarm by metric math to its first metric: MiniStack knows no other, and alarms are no part of the check there."""
    properties = resource.get("Properties", {})
    for each in properties.pop("Metrics", []) if resource["Type"] == "AWS::CloudWatch::Alarm" else []:
        if "MetricStat" in each and "MetricName" not in properties:
            properties |= {**each["MetricStat"]["Metric"], "Period": each["MetricStat"]["Period"], "Statistic": each["MetricStat"]["Stat"]}


def _as_text(value: Any, mappings: dict[str, Any]) -> Any:
    """Return a mapping's number as text: CloudFormation makes every variable a string, MiniStack does not."""
    if isinstance(value, dict) and list(value) == ["Fn::FindInMap"]:
        outer, middle, inner = value["Fn::FindInMap"]
        return str(mappings[outer][middle][inner])
    return value


def _secrets_by_arn(node: Any) -> Any:
    """Replace Ref of a secret, which is its name in MiniStack, with GetAtt Id, which is its ARN there and in AWS."""
    if isinstance(node, dict):
        if list(node) == ["Ref"] and node["Ref"] in SECRETS:
            return {"Fn::GetAtt": [node["Ref"], "Id"]}
        return {name: _secrets_by_arn(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_secrets_by_arn(value) for value in node]
    return node
