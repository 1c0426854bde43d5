"""Whether an order's webhook can be used: decided before anything is recorded or paid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cliprelay.errors import FieldComplaint
from cliprelay.net.urls import AddressRefused
from cliprelay.webhooks.settings import WebhookSettingsTable

URL_FORM = "An https:// URL of a host that can be reached from the internet, without user name or fragment."


@dataclass(frozen=True)
class WebhookValidator:
    """`check` raises AddressRefused for a URL that would be refused at its delivery."""

    settings: WebhookSettingsTable
    check: Callable[[str], object]

    def complaints(self, tenant: str, url: str | None, events: Sequence[str] | None) -> list[FieldComplaint]:
        """About a webhook that could not be sent to, or events that nobody would get."""
        if url is not None:
            return self.complaints_of_url("webhook_url", url)
        if events and not self.settings.of(tenant).has_endpoint():
            message = "names events, but there is no webhook to send them to: give webhook_url, too, or set one with PUT /v1/webhook"
            return [FieldComplaint(field="webhook_events", message=message)]
        return []

    def complaints_of_url(self, field: str, url: str) -> list[FieldComplaint]:
        """About an address that would be refused."""
        try:
            self.check(url)
        except AddressRefused as refusal:
            return [FieldComplaint(field=field, message=str(refusal), accepted=URL_FORM)]
        return []
