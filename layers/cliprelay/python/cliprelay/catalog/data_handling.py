"""Where the data of an order goes: who gets its prompt and images, in which region, and for how long they are stored there."""

from dataclasses import dataclass

NOT_PUBLISHED = "not published"


@dataclass(frozen=True, kw_only=True)
class DataHandling:
    """What a provider publishes about the data that it gets; None where it publishes nothing."""

    provider: str
    vendor: str  # who makes the model; whether the provider runs it or passes the order on is not published either
    region: str | None
    retention: str | None
    source: str
    date: str

    def shown(self) -> dict[str, str]:
        """Return the statement as clients see it."""
        return {
            "name": self.provider,
            "vendor": self.vendor,
            "region": self.region or NOT_PUBLISHED,
            "retention": self.retention or NOT_PUBLISHED,
            "source": self.source,
            "date": self.date,
        }


MYROUTER = DataHandling(
    provider="MyRouter",
    vendor="ByteDance",
    region=None,
    retention=None,
    source="docs.myrouter.ai: no page about its models, results, limits or billing says where data is processed or when it is deleted.",
    date="2026-09-30",
)
