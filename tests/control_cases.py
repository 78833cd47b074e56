"""What the tests of the control map fold: streams in any order of arrival, and November 2020."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TypeAlias, TypedDict

from typing_extensions import Unpack

from events.claims import ControlClaim, DisputeClaim
from events.details import Agreement, ControlChange, Exclusion, TransferTerm
from events.known import ALL_KNOWN, segments
from events.occurrence import Occurrence, begin, evolve
from events.occurrence_events import (
    ClaimMade,
    OccurrenceEvent,
    OccurrenceReported,
    TransferEffected,
    TransferRescheduled,
)
from events.registry import Place
from events.values import Occurred, interval
from events.words import Hold, Manner, PlaceKind, TimePrecision
from projections.clocks import Clocks
from projections.control_map.control import Control
from projections.control_map.facts import ControlFact, read_all
from projections.control_map.resolve import resolve
from projections.control_map.rows import CONTROL_MAP
from projections.control_map.situation import Situation
from projections.registry_view import RegistryView
from tests.cases import a_party, a_place, at, cited, moment, registry

Told: TypeAlias = Sequence[tuple[str, OccurrenceEvent]]

BAKU = "Asia/Baku"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ARMENIAN, AZERBAIJAN, PEACEKEEPERS = "armenian-forces", "azerbaijan", "russian-peacekeepers"
AGREEMENT = "ceasefire"


def clocks(as_of: str | None = None, known_at: str | None = None, now: datetime = NOW) -> Clocks:
    return Clocks(position=1000, now=now, as_of=as_of, known_at=known_at)


def at_position(position: int, as_of: str, known_at: str | None = None) -> Clocks:
    return Clocks(position=position, now=NOW, as_of=as_of, known_at=known_at)


def folded_in_order(told: Told) -> dict[str, Occurrence]:
    """Fold what was told, in this order; what comes before its occurrence's report waits for it."""
    states: dict[str, Occurrence] = {}
    waiting: list[tuple[str, OccurrenceEvent]] = list(told)
    position = 0
    while waiting:
        stream, event = next(one for one in waiting if one[0] in states or isinstance(one[1], OccurrenceReported))
        waiting.remove((stream, event))
        position += 1
        if isinstance(event, OccurrenceReported):
            states[stream] = begin(stream, event, at(position))
        else:
            evolve(states[stream], event, at(position))
    return states


def facts_at(told: Told, known_at: str | None = None) -> list[ControlFact]:
    """Give the facts of the rows that hold at a moment, read from the text they are kept as."""
    known = ALL_KNOWN if known_at is None else moment(known_at)
    texts = [
        str(row.values[-1])
        for state in folded_in_order(told).values()
        for segment in segments(state)
        if segment.known_from <= known < segment.known_to
        for row in CONTROL_MAP.rows(segment.view)
    ]
    return read_all(f"[{','.join(texts)}]")


def situation(
    told: Told, as_of: str | None = None, known_at: str | None = None, view: RegistryView | None = None
) -> Situation:
    return Situation(facts_at(told, known_at), view or karabakh(), clocks(as_of, known_at))


def control(
    told: Told, place: str, as_of: str | None = None, known_at: str | None = None, view: RegistryView | None = None
) -> Control:
    view = view or karabakh()
    return resolve(view.places[place], facts_at(told, known_at), view, clocks(as_of, known_at))


class ChangeSaid(TypedDict, total=False):
    from_: str | None
    by: str
    published: str
    end: str
    precision: TimePrecision
    manner: Manner
    excluding: Iterable[tuple[str, str]]
    fulfils: Iterable[str]


def change(start: str | None, *places: str, to: str | None, **said: Unpack[ChangeSaid]) -> OccurrenceReported:
    """Report a change of control, by default by `source:mod` and published on the day it begins."""
    published = said.get("published", start or said.get("end", ""))
    by = said.get("by", "mod")
    return OccurrenceReported(
        details=ControlChange(
            from_party=said.get("from_"),
            to_party=to,
            manner=said.get("manner", "entry"),
            places=places,
            excluding=tuple(Exclusion(place, holder) for place, holder in said.get("excluding", ())),
            fulfils=tuple(said.get("fulfils", ())),
        ),
        occurred=interval(Occurred(start=start, end=said.get("end"), precision=said.get("precision", "day")), BAKU),
        claimant=f"source:{by}",
        citation=cited(f"{by}-{published}", published),
    )


class ClaimSaid(TypedDict, total=False):
    through: str | None
    by: str
    published: str
    status: Hold
    precision: TimePrecision


def holds(name: str, place: str, party: str | None, since: str | None = None, **said: Unpack[ClaimSaid]) -> ClaimMade:
    """Claim that a place is held, by default by `source:mod` and published on 10 November."""
    published, by, precision = said.get("published", "2020-11-10"), said.get("by", "mod"), said.get("precision", "day")
    through = said.get("through")
    span = Occurred(start=since, end=through, precision=precision) if since or through else None
    return ClaimMade(
        claim=name,
        content=ControlClaim(
            place=place,
            party=party,
            status=said.get("status", "held"),
            from_=since,
            through=through,
            precision=precision,
        ),
        claimant=f"source:{by}",
        citation=cited(f"{by}-{published}", published),
        valid=None if span is None else interval(span, BAKU),
    )


def disputes(name: str, disputed: str | None, *, by: str = "rival", published: str = "2020-11-26") -> ClaimMade:
    return ClaimMade(
        claim=name,
        content=DisputeClaim(claim=disputed),
        claimant=f"source:{by}",
        citation=cited(f"{by}-{published}", published),
    )


def a_transfer(
    name: str, *places: str, due: str | None, excluding: Iterable[tuple[str, str]] = (), agreement: str = AGREEMENT
) -> TransferTerm:
    return TransferTerm(
        id=f"{agreement}.{name}",
        places=places,
        from_party=ARMENIAN,
        to_party=AZERBAIJAN,
        due=None if due is None else date.fromisoformat(due),
        excluding=tuple(Exclusion(place, holder) for place, holder in excluding),
    )


def agreed(*terms: TransferTerm, on: str = "2020-11-10") -> OccurrenceReported:
    return OccurrenceReported(
        details=Agreement(terms=terms),
        occurred=interval(Occurred(start=on), "Europe/Moscow"),
        claimant="source:joint",
        citation=cited("joint-statement", on),
    )


def rescheduled(transfer: str, due: str, published: str) -> TransferRescheduled:
    return TransferRescheduled(
        transfer=transfer, due=date.fromisoformat(due), citation=cited(f"aide-{published}", published)
    )


def effected(transfer: str, occurrence: str, published: str) -> TransferEffected:
    return TransferEffected(transfer=transfer, occurrence=occurrence, published_at=moment(published))


def karabakh() -> RegistryView:
    """Give the places and parties of November 2020: a village lies in the corridor, and that in its district."""

    def inside(name: str, kind: PlaceKind, parent: str, *within: str) -> Place:
        return a_place(name, kind, parent, *within, zone=BAKU)

    return registry(
        a_place("azerbaijan", "country", zone=BAKU),
        *(inside(district, "district", "azerbaijan") for district in ("kalbajar", "agdam", "lachin")),
        inside("lachin-corridor", "corridor", "lachin"),
        inside("zabukh", "village", "lachin", "lachin-corridor"),
        inside("minkend", "village", "lachin"),
        inside("istisu", "village", "kalbajar"),
        a_party(ARMENIAN, "armenia"),
        a_party("armenia"),
        a_party(AZERBAIJAN),
        a_party("azerbaijani-forces", AZERBAIJAN),
        a_party("azerbaijani-police", AZERBAIJAN),
        a_party(PEACEKEEPERS),
    )


def november() -> list[tuple[str, OccurrenceEvent]]:
    """Give the agreement, what was so before it, and what became of its transfers."""
    corridor = [("lachin-corridor", PEACEKEEPERS)]
    agreement = agreed(
        a_transfer("agdam", "agdam", due="2020-11-20"),
        a_transfer("kalbajar", "kalbajar", due="2020-11-15"),
        a_transfer("lachin", "lachin", due="2020-12-01", excluding=corridor),
    )
    before = [
        (AGREEMENT, holds(f"{AGREEMENT}.held-{place}", place, ARMENIAN, "1993-01-01", by="joint", precision="longer"))
        for place in ("kalbajar", "agdam", "lachin")
    ]
    moved = [
        (name, change(day, name, to=AZERBAIJAN, from_=ARMENIAN, by="azmod", fulfils=[f"{AGREEMENT}.{name}"]))
        for name, day in (("agdam", "2020-11-20"), ("kalbajar", "2020-11-25"), ("lachin", "2020-12-01"))
    ]
    return [
        (AGREEMENT, agreement),
        *before,
        (AGREEMENT, rescheduled(f"{AGREEMENT}.kalbajar", "2020-11-25", "2020-11-15")),
        *moved,
        (AGREEMENT, effected(f"{AGREEMENT}.agdam", "agdam", "2020-11-20")),
    ]
