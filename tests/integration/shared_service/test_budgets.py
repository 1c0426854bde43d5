"""A budget on the running service: fifty orders of two keys race for it, and exactly as many are accepted as fit."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.orders.quote import possible_price
from cliprelay.tenants.api_keys import ApiKeyTable
from cliprelay.tenants.budgets import BudgetTable, Limits
from cliprelay.video.spend import Scope, SpendTable
from tests.support.local_service import LocalService, eventually

ORDERS, FIT = 50, 7
ORDER = {"prompt": "A race", "image": "https://assets.example.com/a.png", "duration": 4, "resolution": "480p", "ratio": "16:9"}


def test_of_fifty_racing_orders_of_two_keys_exactly_as_many_are_accepted_as_fit(local_service: LocalService) -> None:
    outputs, dynamodb = local_service.outputs(), local_service.client("dynamodb")
    budgets = BudgetTable(SpendTable(dynamodb, outputs["SpendTableName"]))
    _, price = possible_price(IMAGE_TO_VIDEO, IMAGE_TO_VIDEO.spec(ORDER), {})
    limit = FIT * price + price // 2
    # Before the keys are used: a function remembers for a minute that there is no budget.
    budgets.set_limits(Scope("racers"), Limits(month=limit))
    keys = [ApiKeyTable(dynamodb, outputs["KeysTableName"]).create("racers", name) for name in ("shop", "mobile")]

    def order(number: int) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {keys[number % 2]}", "Idempotency-Key": str(uuid.UUID(int=number))}
        answer = requests.post(f"{local_service.api}/v1/videos", json=ORDER, headers=headers, timeout=90)
        while answer.status_code == 503:
            answer = requests.post(f"{local_service.api}/v1/videos", json=ORDER, headers=headers, timeout=90)
        return answer.status_code, answer.json().get("code", "")

    with ThreadPoolExecutor(ORDERS) as pool:
        answers = Counter(pool.map(order, range(ORDERS)))
    assert answers == {(202, ""): FIT, (402, "budget_exceeded"): ORDERS - FIT}
    assert eventually(lambda: (use := budgets.get(Scope("racers")).month) and use.used <= limit and use.reserved == 0)
    # The sweep publishes a notice, and deletes it then.
    assert {(notice["percent"], notice["tenant"]) for notice in budgets.notices()} <= {(50, "racers"), (80, "racers")}
    report = requests.get(f"{local_service.api}/v1/usage?by=key", headers={"Authorization": f"Bearer {keys[0]}"}, timeout=90).json()
    assert (report["total"]["videos"], {row["key"] for row in report["data"]}) == (FIT, {"shop", "mobile"})
