"""Sweep, third part: publish the budgets that have reached a share of their limit; safe to run concurrently."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliprelay.notifications.alarms import AlarmsTopic
from cliprelay.tenants.budgets import BudgetTable
from cliprelay.tenants.notices import BudgetNotice
from cliprelay.webhooks.delivery import delivery_of
from cliprelay.webhooks.executions import DeliveryExecutions
from cliprelay.webhooks.settings import BUDGET_REACHED, WebhookSettingsTable
from cliprelay.webhooks.table import DeliveryTable

logger = logging.getLogger("cliprelay.sweep")

# A sweep that finds more leaves them to the next one.
MOST = 100


@dataclass(frozen=True)
class BudgetSweeper:
    """The collaborators of the sweep of budgets; `retention` is how long the delivery of an event is retained."""

    budgets: BudgetTable
    topic: AlarmsTopic
    settings: WebhookSettingsTable
    deliveries: DeliveryTable
    executions: DeliveryExecutions
    clock: Callable[[], datetime]
    retention: timedelta

    def publish(self) -> int:
        """Publish what the reserving transactions have noted, each to the operator and the tenant; return how many failed.

        A crash between publishing and forgetting a notice publishes it again, to the tenant under the same event id.
        """
        failed = 0
        for item in self.budgets.notices()[:MOST]:
            notice = BudgetNotice.from_item(item)
            try:
                self._publish(notice)
                self.budgets.forget(item)
            except Exception:
                logger.exception("budget not published", extra={"tenant": notice.tenant})
                failed += 1
        return failed

    def _publish(self, notice: BudgetNotice) -> None:
        self.topic.publish(*notice.message())
        if self.settings.of(notice.tenant).wants_own(BUDGET_REACHED):
            self._deliver(notice)
        logger.warning("budget reached", extra={"tenant": notice.tenant, "period": notice.period, "percent": notice.percent})

    def _deliver(self, notice: BudgetNotice) -> None:
        delivery = delivery_of(
            event_id=notice.event_id,
            tenant=notice.tenant,
            kind=BUDGET_REACHED,
            subject=notice.subject,
            data=notice.data(),
            now=self.clock(),
            retention=self.retention,
        )
        self.deliveries.begin(delivery, self.clock())
        self.executions.start(delivery)
