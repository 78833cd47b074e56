"""The questions that a brief asks of each projection, all in one snapshot and at one moment."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypedDict, get_args

from msgspec import Struct

from events.words import Degree, OccurrenceKind
from projections.casualties import queries as casualties
from projections.casualties.answers import CasualtyRow, CasualtyTally, EvidenceClaim
from projections.casualties.question import CasualtyQuery
from projections.clocks import Clocks
from projections.control_map import queries as control
from projections.control_map.answers import TransferItem
from projections.control_map.control import Control
from projections.coverage import queries as coverage
from projections.displacement.answers import DisplacementQuery
from projections.hazards import queries as hazards
from projections.hazards.answers import HazardList, HazardQuery
from projections.occurrences import queries as occurrences
from projections.occurrences.answers import OccurrenceQuery, Page
from projections.occurrences.timeline import Timeline
from projections.paging import Slice
from projections.registry.queries import Connection, ReportQuery, list_reports
from projections.registry.told import ToldReport
from projections.registry_view import RegistryView
from projections.strikes import queries as strikes
from projections.strikes.answers import StrikeInWindow, StrikeList
from projections.strikes.matching import LOCAL, StrikeQuery
from services import displacement
from services.briefs.period import Period

SHOWN = 40
"""The most entries that one section tells; it says how many more there are."""

_ALL = 10_000
_CHANGED = frozenset({"target", "location"})
_COUNTED: tuple[Degree, ...] = ("acknowledged", "attributed")


class Harm(Struct, frozen=True):
    """Who was harmed: the tally by occurrence and by party, and the claims behind the occurrences that are shown."""

    by_occurrence: CasualtyTally
    by_party: Sequence[CasualtyRow]
    shown: Sequence[str]
    voices: Sequence[EvidenceClaim]


class _Span(TypedDict):
    from_: str
    to: str


class Asking(Struct, frozen=True):
    """Asks each projection in turn."""

    connection: Connection
    registry: RegistryView
    clocks: Clocks
    period: Period

    @property
    def _given(self) -> tuple[Connection, RegistryView, Clocks]:
        return self.connection, self.registry, self.clocks

    @property
    def _span(self) -> _Span:
        return {"from_": self.period.first.isoformat(), "to": self.period.last.isoformat()}

    async def timeline(self, *kinds: OccurrenceKind) -> Timeline:
        """Give what happened, of some kinds or of all."""
        query = OccurrenceQuery(kind=kinds, **self._span)
        return await occurrences.timeline(*self._given, query, Page(limit=SHOWN))

    async def retracted(self) -> Timeline:
        """Give what was retracted."""
        query = OccurrenceQuery(retracted_only=True, **self._span)
        return await occurrences.timeline(*self._given, query, Page(limit=SHOWN))

    async def transfers(self) -> Sequence[TransferItem]:
        """Give every transfer agreed on."""
        return (await control.transfers(*self._given, control.TransferQuery(limit=_ALL))).items

    async def control(self, changes: Timeline, transfers: Sequence[TransferItem]) -> Sequence[Control]:
        """Give who holds the places that changes and transfers name."""
        named = {at.place for entry in changes.items for at in entry.occurrence.places if at.role in _CHANGED}
        named |= {place for transfer in transfers for place in transfer.places}
        named |= {exclusion.place for transfer in transfers for exclusion in transfer.excluded}
        places = tuple(sorted(place for place in named if place is not None))
        if not places:
            return ()
        found = await control.control_map(*self._given, control.ControlMapQuery(place=places))
        return [feature.properties for feature in found.features if feature.properties.place in places]

    async def mapped(self) -> Sequence[Control]:
        """Give who holds the places that anything is said of."""
        found = await control.control_map(*self._given, control.ControlMapQuery())
        return [feature.properties for feature in found.features]

    async def strikes(self) -> StrikeList:
        """Give the strikes, whoever is held responsible and however firmly."""
        query = StrikeQuery(responsibility=get_args(Degree), tz=LOCAL, **self._span)
        return await strikes.strikes(*self._given, query, strikes.Page(limit=SHOWN))

    async def windows(self, struck: StrikeList) -> tuple[Mapping[tuple[str, str], StrikeInWindow], Mapping[str, int]]:
        """Count each attacker's strikes in the period, as a window of that length that ends with it."""
        days = (self.clocks.day_in("UTC") - self.period.first).days
        attackers = {
            attacker.party for strike in struck.items for attacker in strike.attackers if attacker.degree in _COUNTED
        }
        ordinals: dict[tuple[str, str], StrikeInWindow] = {}
        counted: dict[str, int] = {}
        for attacker in sorted(attackers) if days >= 0 else ():
            window = await strikes.trailing(*self._given, StrikeQuery(attacker=(attacker,), tz=LOCAL), f"P{days}D")
            inside = [strike for strike in window.strikes if strike.date <= self.period.last]
            counted[attacker] = len(inside)
            ordinals |= {(attacker, strike.occurrence): strike for strike in inside}
        return ordinals, counted

    async def harm(self) -> Harm:
        """Give who was harmed."""
        tally = await casualties.casualties(*self._given, CasualtyQuery(group_by=("occurrence",), **self._span))
        by_party = await casualties.casualties(*self._given, CasualtyQuery(group_by=("affected_party",), **self._span))
        heaviest = sorted(tally.rows, key=lambda row: (-(row.best or row.low or 0), str(row.occurrence)))
        shown = tuple(dict.fromkeys(str(row.occurrence) for row in heaviest))[:SHOWN]
        voices: Sequence[EvidenceClaim] = ()
        if shown:
            query = CasualtyQuery(occurrence=shown)
            page = casualties.EvidencePage(limit=_ALL)
            voices = (await casualties.evidence(*self._given, query, page)).items
        return Harm(tally, by_party.rows, shown, voices)

    async def hazards(self) -> HazardList:
        """Give the hazards."""
        return await hazards.hazards(*self._given, HazardQuery(**self._span), Slice(limit=SHOWN))

    async def displaced(self) -> displacement.DisplacementAnswer:
        """Give who had to leave and who came back."""
        return await displacement.displacement(*self._given, DisplacementQuery(**self._span), Slice(limit=SHOWN))

    async def coverage(self, period: Period) -> Mapping[str, int]:
        """Give how many reports each source published in a period."""
        return await coverage.reports_by_source(*self._given, period.first, period.last)

    async def reports(self, ids: Collection[str]) -> Mapping[str, ToldReport]:
        """Give what is filed of some reports."""
        if not ids:
            return {}
        query = ReportQuery(ids=sorted(ids), limit=len(ids))
        listed = (await list_reports(self.connection, self.clocks, query)).items
        return {report.id: report for report in listed if isinstance(report, ToldReport)}
