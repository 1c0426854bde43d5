"""Search the logs of a deployed stack: every line is read, because a filter pattern would compare words, not text."""

from collections.abc import Iterator

from tests.cloud_check.target import Target


def log_groups(target: Target) -> list[str]:
    """Return the names of the stack's log groups."""
    pages = target.clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=target.stack)
    resources = (resource for page in pages for resource in page["StackResourceSummaries"])
    return sorted(each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::Logs::LogGroup")


def log_lines(target: Target) -> Iterator[tuple[str, str]]:
    """Yield every line of every group, with the group's name."""
    pages = target.clients("logs").get_paginator("filter_log_events")
    for group in log_groups(target):
        for page in pages.paginate(logGroupName=group):
            yield from ((group, event["message"]) for event in page["events"])


def search(target: Target, words: list[str]) -> dict[str, list[str]]:
    """Return, for each word, the group of every line that contains it."""
    found: dict[str, list[str]] = {word: [] for word in words}
    for group, line in log_lines(target):
        for word in words:
            if word in line:
                found[word].append(group)
    return found
