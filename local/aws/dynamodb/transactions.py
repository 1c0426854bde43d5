"""TransactWriteItems and TransactGetItems: all parts or none."""

from typing import Any

from local.aws.dynamodb.account import Account, Place
from local.aws.dynamodb.errors import Invalid, cancelled
from local.aws.dynamodb.keys import key_of, projected
from local.aws.dynamodb.parameters import Request, part_of
from local.aws.dynamodb.values import size_of
from local.aws.dynamodb.writes import KINDS, Change, place
from local.aws.errors import AwsError

Json = dict[str, Any]

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
MOST_PARTS = 100
LARGEST = 4 * 1024 * 1024
LONGEST_TOKEN = 36


def transact_write_items(account: Account, request: Request) -> Json:
    """Write all or nothing; a repeated client token gets the first answer again."""
    token = request.get("ClientRequestToken")
    if token is not None and not 0 < len(token) <= LONGEST_TOKEN:
        raise Invalid("Value at 'clientRequestToken' failed to satisfy constraint: Member must have length between 1 and 36")
    if token and account.tokens.is_known(token, request):
        return {}
    for change in _checked(account, request["TransactItems"]):
        change.make()
    if token:
        account.tokens.keep(token, request)
    return {}


def transact_get_items(account: Account, request: Request) -> Json:
    _check_count(request["TransactItems"])
    parts = [part_of(each, "Get")[1] for each in request["TransactItems"]]
    answers = []
    for part in parts:
        table, shown = account.table(part["TableName"]), projected(part)
        item = table.read(key_of(table, part["Key"]), consistent=True)
        answers.append({} if item is None else {"Item": shown(item)})
    _check_size(sum(size_of(answer.get("Item", {})) for answer in answers))
    return {"Responses": answers}


def _check_count(parts: list[Json]) -> None:
    if not 0 < len(parts) <= MOST_PARTS:
        raise Invalid("Member must have length less than or equal to 100 and greater than or equal to 1")


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise Invalid("Transaction request size has exceeded the maximum allowed size of 4 MB")


def _checked(account: Account, parts: list[Json]) -> list[Change]:
    """Return the writes of a transaction; raises AwsError if a part is refused. Either way it holds its items for a while."""
    _check_count(parts)
    judged = [_judged(account, *part_of(part, *KINDS)) for part in parts]
    places = [place for place, _, _ in judged]
    if len(set(places)) < len(places):
        raise Invalid("Transaction request cannot include multiple operations on one item")
    account.contention.hold(place for place, reason, _ in judged if reason["Code"] != "TransactionConflict")
    reasons = [reason for _, reason, _ in judged]
    if any(reason["Code"] != "None" for reason in reasons):
        raise cancelled(reasons)
    changes = [change for _, _, change in judged if change]
    _check_size(sum(size_of(change.new) for change in changes if change.new))
    return changes


def _judged(account: Account, kind: str, request: Request) -> tuple[Place, Json, Change | None]:
    """Return which item a part is about, why it is refused (the code None: it is not), and what it writes."""
    table = account.table(request["TableName"])
    item = place(table, kind, request)
    if reason := account.contention.reason(item):
        return item, reason, None
    try:
        change = KINDS[kind](table, request)
    except AwsError as error:
        if not error.code.endswith("ConditionalCheckFailedException"):
            raise
        return item, {"Code": "ConditionalCheckFailed", "Message": error.message, **error.fields}, None
    return item, {"Code": "None"}, None if kind == "ConditionCheck" else change
