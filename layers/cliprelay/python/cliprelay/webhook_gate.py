"""Whether an order's webhook can be used: decided before anything is recorded or paid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cliprelay.addresses import AddressRefused
from cliprelay.errors import FieldComplaint, invalid_request
from cliprelay.webhook_settings import WebhookSettingsTable

URL_FORM = "An https:// URL of a host that can be reached from the internet, without user name or fragment."


@dataclass(frozen=True)
class WebhookGate:
    """`check` raises AddressRefused for a URL that would be refused at its delivery."""

    settings: WebhookSettingsTable
    check: Callable[[str], object]

    def admit(self, tenant: str, url: str | None, events: Sequence[str] | None) -> None:
        """Raise Problem 422 for a webhook that could not be sent to, or for events that nobody would get."""
        if url is not None:
            self.admit_url("webhook_url", url)
        elif events and not self.settings.of(tenant).has_endpoint():
            message = "names events, but there is no webhook to send them to: give webhook_url, too, or set one with PUT /v1/webhook"
            raise invalid_request([FieldComplaint(field="webhook_events", message=message)])

    def admit_url(self, field: str, url: str) -> None:
        """Raise Problem 422 for an address that would be refused."""
        try:
            self.check(url)
        except AddressRefused as refusal:
            raise invalid_request([FieldComplaint(field=field, message=str(refusal), accepted=URL_FORM)]) from None
