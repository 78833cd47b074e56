"""Events that were sent together: what a page of the log is folded by."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from events.codec import Event, decode, size_of_request
from events.log import RecordedEvent


class Told(Struct, frozen=True):
    """An event of the log and what it says; None where this release cannot read it."""

    recorded: RecordedEvent
    said: Event | None


class Sent(Struct, frozen=True):
    """The events of one request, at adjacent positions, by stream: they are folded as one step.

    Its rows hold from its `last` position on.
    """

    first: int
    last: int
    streams: Mapping[str, Sequence[Told]]

    @property
    def newest(self) -> RecordedEvent:
        """The event at its last position."""
        return next(step[-1].recorded for step in self.streams.values() if step[-1].recorded.position == self.last)


def told(event: RecordedEvent) -> Told:
    """Read what an event says."""
    try:
        return Told(event, decode(event))
    except Exception:  # noqa: BLE001 -- whoever folds the event meets the error again, and says which it is
        return Told(event, None)


def sent_together(events: Sequence[RecordedEvent], *, goes_on: bool) -> list[Sent]:
    """Cut adjacent events into requests; a last one that is not whole is left out where the log goes on.

    The first event of a request says how many there are. "One request's events are appended all or none", so the log
    itself never ends inside one; an event that belongs to no request stands for itself.
    """
    found: list[Sent] = []
    running: list[Told] = []
    size = 0
    for event in events:
        one = told(event)
        begun = _size(one)
        if running and (len(running) == size or begun is not None):
            found.append(_sent(running))
            running = []
        if not running:
            size = begun or 1
        running.append(one)
    if running and (len(running) == size or not goes_on):
        found.append(_sent(running))
    return found


def _sent(events: Sequence[Told]) -> Sent:
    streams: dict[str, list[Told]] = {}
    for one in events:
        streams.setdefault(one.recorded.stream, []).append(one)
    return Sent(events[0].recorded.position, events[-1].recorded.position, dict(streams))


def _size(one: Told) -> int | None:
    """Give how many events were sent together with one and after it; None where it was not the first of them.

    An event that this release cannot read tells it too: what was sent with it must be folded as any release folds it.
    """
    if one.said is None:
        return size_of_request(one.recorded)
    return None if one.said.request is None else one.said.request.events
