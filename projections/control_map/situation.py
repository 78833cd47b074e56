"""All that is known about control at one (`known_at`, `at_position`), indexed by place, and asked at one `as_of`."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter

from msgspec import Struct

from events.times import end_of, local_day, zone_named
from projections.clocks import Clocks
from projections.control_map.facts import ControlFact, Dispute, Merger, Statement, Transfer
from projections.control_map.named import placed
from projections.control_map.spans import Span, spans_of
from projections.control_map.transfers import Progress, Targets, carried_out, effecting, progress_of
from projections.control_map.winning import State
from projections.registry_view import RegistryView

_at = attrgetter("at")


class Run(Struct):
    """Spans of one state without a break, the newest first; `inherited_from` is told of the newest."""

    spans: list[Span]
    inherited_from: str | None


class Situation:
    """Statements, disputes and transfers, with what follows from them for each place."""

    def __init__(self, facts: Iterable[ControlFact], registry: RegistryView, clocks: Clocks) -> None:
        """Take the facts in, whatever their order."""
        self.registry = registry
        self.clocks = clocks
        self._ends: dict[str, datetime] = {}
        self._last_days: dict[str, date] = {}
        self._kinships: dict[tuple[str, str], bool] = {}
        self._spans: dict[str, Sequence[Span]] = {}
        self._progress: dict[str, Progress] = {}
        self._about: dict[str, list[Statement]] = {}
        self._changed: dict[str, list[Statement]] = {}
        self._disputes: dict[str, list[Dispute]] = {}
        self.changes: dict[str, dict[str, Statement]] = {}
        transfers, mergers = self._take(facts)
        self.transfers: Mapping[str, Transfer] = {transfer.id: transfer for transfer in transfers}
        self._effecting = effecting(transfers, self.changes, mergers)
        for transfer in transfers:
            for occurrence in self._effecting[transfer.id]:
                self.changes[occurrence] = carried_out(transfer, self.changes[occurrence], registry)
        for targets in self.changes.values():
            for place, statement in targets.items():
                self._about.setdefault(place, []).append(statement)
                self._changed.setdefault(place, []).append(statement)
        self._awaited = self._index_awaited()

    def _take(self, facts: Iterable[ControlFact]) -> tuple[list[Transfer], list[Merger]]:
        transfers: list[Transfer] = []
        mergers: list[Merger] = []
        statements: list[Statement] = []
        named: list[Statement] = []
        denied: set[str] = set()
        for fact in facts:
            match fact:
                case Statement(occurred=None):
                    statements.append(fact)
                case Statement():
                    named.append(fact)
                case Transfer():
                    # What is agreed later is not scheduled yet, nor can anything carry it out.
                    if any(fact.agreed_at <= self.end_at(place) for place in fact.places):
                        transfers.append(fact)
                case Merger():
                    mergers.append(fact)
                case Dispute():
                    self._disputes.setdefault(fact.disputed, []).append(fact)
                    if fact.adopted:
                        denied.add(fact.disputed)
        # Those about places given by a name come last: what a change says of such a place by id stands before it.
        for statement in (*statements, *(placed(one, self.registry) for one in named)):
            # An analyst who adopts a dispute takes its side: what it denies does not count.
            if statement.id in denied:
                continue
            if statement.kind == "claim":
                self._about.setdefault(statement.place, []).append(statement)
            else:
                self.changes.setdefault(statement.occurrence, {}).setdefault(statement.place, statement)
        for disputes in self._disputes.values():
            disputes.sort(key=lambda one: one.id)
        return sorted(transfers, key=lambda one: one.id), mergers

    def end_at(self, place: str) -> datetime:
        """Give the last moment asked for.

        "Bare dates in a query mean the end of that day, `as_of` in each place's own zone."
        """
        zone = self.registry.zone_of(place)
        end = self._ends.get(zone)
        if end is None:
            end = self._ends[zone] = self.clocks.as_of_in(zone)
        return end

    def last_day(self, place: str) -> date:
        """Give the local day in which the last moment asked for lies."""
        zone = self.registry.zone_of(place)
        day = self._last_days.get(zone)
        if day is None:
            day = self._last_days[zone] = self.clocks.day_in(zone)
        return day

    def day_of(self, moment: datetime, place: str) -> date:
        """Give the local day of a moment in a place."""
        return local_day(moment, zone_named(self.registry.zone_of(place)))

    def named(self) -> set[str]:
        """Give the places that statements of by then are about, or that transfers name."""
        stated = {
            place
            for place, statements in self._about.items()
            if any(one.starts_at <= self.end_at(place) for one in statements)
        }
        return stated | self._awaited.keys()

    def runs(self, place: str) -> Iterator[Run]:
        """Give the unbroken runs of a place, the newest first."""
        run: Run | None = None
        for origin, span in self._backwards(place):
            if run is not None and self._same(run.spans[0].state, span.state):
                run.spans.append(span)
                continue
            if run is not None:
                yield run
            about = span.state.winner.place if origin == place else origin
            run = Run([span], None if about == place else about)
        if run is not None:
            yield run

    def _backwards(self, place: str) -> Iterator[tuple[str, Span]]:
        """Give the spans of a place, newest first, and the place that each is a span of.

        "Statements about P itself; else the nearest ancestor's (a `within` is nearer than the parent)": an ancestor
        speaks only for the time before anything nearer was said.
        """
        end = self.end_at(place)
        first: datetime | None = None
        for origin in (place, *self.registry.place_ancestors(place)):
            spans = self._spans_of(origin)
            if not spans:
                continue
            until = len(spans) if spans[-1].at <= end else bisect_right(spans, end, key=_at)
            if first is not None:
                until = min(until, bisect_left(spans, first, key=_at))
            for number in range(until - 1, -1, -1):
                yield origin, spans[number]
            if until:
                first = spans[0].at

    def _spans_of(self, place: str) -> Sequence[Span]:
        spans = self._spans.get(place)
        if spans is None:
            own = self._about.get(place)
            spans = spans_of(own, self._around(place), self._disputes, self._kin) if own else ()
            self._spans[place] = spans
        return spans

    def _around(self, place: str) -> list[Statement]:
        """Give the changes of what a place lies in, the nearest first, each once: "the innermost exclusion decides"."""
        if not self._changed:
            return []
        found: dict[str, Statement] = {}
        for ancestor in self.registry.place_ancestors(place):
            for statement in sorted(self._changed.get(ancestor, ()), key=attrgetter("id")):
                if place not in self.changes[statement.occurrence]:
                    found.setdefault(statement.occurrence, statement)
        return list(found.values())

    def _same(self, one: State, other: State) -> bool:
        if one.status != other.status:
            return False
        if one.status == "held":
            return self._kin(one.controllers[0], other.controllers[0])
        return one.controllers == other.controllers

    def _kin(self, one: str, other: str) -> bool:
        """Tell whether two parties are the same or one is a member of the other."""
        if one == other:
            return True
        known = self._kinships.get((one, other))
        if known is None:
            known = self.registry.party_in(one, other) or self.registry.party_in(other, one)
            self._kinships[one, other] = self._kinships[other, one] = known
        return known

    def _index_awaited(self) -> dict[str, list[Transfer]]:
        """Index the transfers by each place they name, whether it passes or is left out."""
        found: dict[str, list[Transfer]] = {}
        for transfer in self.transfers.values():
            for place in dict.fromkeys((*transfer.places, *(one.place for one in transfer.excluding))):
                found.setdefault(place, []).append(transfer)
        return found

    def progress(self, transfer: Transfer) -> Progress:
        """Say how far a transfer has come."""
        known = self._progress.get(transfer.id)
        if known is None:
            known = progress_of(transfer, self.effecting(transfer), self)
            self._progress[transfer.id] = known
        return known

    def effecting(self, transfer: Transfer) -> Mapping[str, Targets]:
        """Give the changes that carry a transfer out, begun or not, by occurrence."""
        return {occurrence: self.changes[occurrence] for occurrence in self._effecting[transfer.id]}

    def is_over(self, due: date | None, place: str) -> bool:
        """Tell whether "the due day has ended at `as_of` in the place's zone"."""
        return due is not None and self.end_at(place) > end_of(due, zone_named(self.registry.zone_of(place)))

    def awaited(self, place: str, state: State | None) -> list[tuple[Transfer, str]]:
        """Give the transfers that a place is still to pass by, and to whom, the one due first first.

        A place inside one that is to pass, or be left out, goes with it only if it is the transfer's `from` that
        holds it; "the innermost exclusion decides" where it goes.
        """
        if not self._awaited:
            return []
        line = (place, *self.registry.place_ancestors(place))
        nearest: dict[str, tuple[Transfer, str]] = {}
        for at in line:
            for transfer in self._awaited.get(at, ()):
                nearest.setdefault(transfer.id, (transfer, at))
        found = [
            (transfer, _recipient(transfer, at))
            for transfer, at in nearest.values()
            if self._is_awaited(transfer, line) and (at == place or self._would_move(transfer, at, state))
        ]
        return sorted(found, key=lambda one: (one[0].due is None, one[0].due or one[0].agreed_at.date(), one[0].id))

    def _is_awaited(self, transfer: Transfer, line: Sequence[str]) -> bool:
        end = self.end_at(line[0])
        if self.progress(transfer).status in {"effected", "cancelled"}:
            return False
        return not any(
            at in targets and targets[at].starts_at <= end
            for targets in self.effecting(transfer).values()
            for at in line
        )

    def _would_move(self, transfer: Transfer, at: str, state: State | None) -> bool:
        if state is None:
            return True
        if transfer.from_party is not None:
            return all(self._kin(transfer.from_party, holder) for holder in state.controllers)
        return not any(self._kin(_recipient(transfer, at), holder) for holder in state.controllers)


def _recipient(transfer: Transfer, place: str) -> str:
    return next((one.party for one in transfer.excluding if one.place == place), transfer.to_party)
