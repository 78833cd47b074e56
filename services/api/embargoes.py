"""Embargoes as they are sent: one that has ended would keep nothing from anybody, so it is refused."""

from datetime import datetime

from msgspec import Struct

from events.decision import published
from events.values import Embargo
from services.api.errors import BadBodyError, Wrong


def refuse_ended(body: Struct, now: datetime) -> None:
    """Raise BadBodyError for a restriction that would end before it began."""
    embargo, pointer = (body, "") if isinstance(body, Embargo) else (getattr(body, "restricted", None), "/restricted")
    until = published(embargo.until) if isinstance(embargo, Embargo) else None
    if until is not None and until <= now:
        wrong = Wrong(pointer=f"{pointer}/until", detail="has passed: this would keep it from nobody")
        raise BadBodyError(f"`until` {wrong.detail}.", (wrong,))
