"""What a brief is written from: the answers of several projections, all in one snapshot and at one moment."""

from collections.abc import Collection, Mapping, Sequence
from typing import get_args

from msgspec import Struct, structs

from events.codec import UnreadableEventError
from events.facts import fold_occurrence
from events.known import Known, as_known
from events.log import EventLog, RecordedEvent
from events.occurrence import Occurrence
from events.words import OccurrenceKind
from projections.clocks import Clocks
from projections.control_map.answers import TransferItem
from projections.control_map.control import Control
from projections.hazards.answers import HazardList
from projections.occurrences.timeline import Entry, Timeline
from projections.registry.queries import Connection
from projections.registry.told import ToldReport
from projections.registry_view import RegistryView
from projections.strikes.answers import StrikeInWindow, StrikeList
from services.briefs.asking import Asking, Harm
from services.briefs.period import Period
from services.displacement import DisplacementAnswer

NEEDS = ("occurrences", "control_map", "casualties", "strikes", "hazards", "displacement")
"""The projections that must stand at one position for a brief."""

_APART: frozenset[OccurrenceKind] = frozenset(
    {"control_change", "agreement", "strike", "contamination", "clearance", "displacement", "statement", "assessment"}
)
"""The kinds that have a section of their own."""

_OTHERS: tuple[OccurrenceKind, ...] = tuple(kind for kind in get_args(OccurrenceKind) if kind not in _APART)


class Findings(Struct, frozen=True, kw_only=True):
    """All that a brief tells of, before it is put into words. `control` are the places that changes and transfers name.

    `claimed` are those that are contested, and those whose holder a claim on what is told of gives.
    `ordinals` are the places of each strike in the period's windows, by attacker and occurrence.
    """

    period: Period
    clocks: Clocks
    registry: RegistryView
    changes: Timeline
    agreements: Timeline
    transfers: Sequence[TransferItem]
    control: Sequence[Control]
    claimed: Sequence[Control]
    strikes: StrikeList
    ordinals: Mapping[tuple[str, str], StrikeInWindow]
    counted: Mapping[str, int]
    harm: Harm
    hazards: HazardList
    displaced: DisplacementAnswer
    others: Timeline
    statements: Timeline
    assessments: Timeline
    retracted: Timeline
    coverage: Mapping[str, int]
    coverage_before: Mapping[str, int]
    reports: Mapping[str, ToldReport]

    @property
    def entries(self) -> list[Entry]:
        """What is told from timelines."""
        lists = (self.changes, self.agreements, self.others, self.statements, self.assessments, self.retracted)
        return [entry for one in lists for entry in one.items]

    @property
    def occurrences(self) -> set[str]:
        """The occurrences that the brief tells of one by one."""
        return {
            *(entry.occurrence.id for entry in self.entries),
            *(strike.occurrence for strike in self.strikes.items),
            *self.harm.shown,
            *(hazard.occurrence for hazard in self.hazards.items),
            *(moved.movement.occurrence for moved in self.displaced.items),
        }


async def gather(connection: Connection, registry: RegistryView, clocks: Clocks, period: Period) -> Findings:
    """Read everything that a brief tells of, as at the end of its period; the clocks are those of that moment."""
    asking = Asking(connection, registry, clocks, period)
    changes = await asking.timeline("control_change")
    transfers = await asking.transfers()
    struck = await asking.strikes()
    ordinals, counted = await asking.windows(struck)
    harm = await asking.harm()
    found = Findings(
        period=period,
        clocks=clocks,
        registry=registry,
        changes=changes,
        agreements=await asking.timeline("agreement"),
        transfers=transfers,
        control=await asking.control(changes, transfers),
        claimed=await asking.mapped(),
        strikes=struck,
        ordinals=ordinals,
        counted=counted,
        harm=harm,
        hazards=await asking.hazards(),
        displaced=await asking.displaced(),
        others=await asking.timeline(*_OTHERS),
        statements=await asking.timeline("statement"),
        assessments=await asking.timeline("assessment"),
        retracted=await asking.retracted(),
        coverage=await asking.coverage(period),
        coverage_before=await asking.coverage(period.before),
        reports={},
    )
    occurrences = found.occurrences
    found = structs.replace(found, claimed=[place for place in found.claimed if _is_claimed(place, occurrences)])
    return structs.replace(found, reports=await asking.reports(_named(found)))


async def in_full(log: EventLog, found: Findings) -> Mapping[str, Known]:
    """Read the occurrences that a brief tells of from the log, as known at its moment; the log up to it never changes.

    Of one that cannot be read to its end the answers, too, have what stands before the event that nobody can read.
    Not to be asked while the snapshot's connection is held: it takes one of its own.
    """
    streams = [f"occurrence-{name}" for name in sorted(found.occurrences)]
    told = await log.read_streams(streams, up_to=found.clocks.position)
    views = (as_known(_as_far_as_read(events), found.clocks.known) for events in told.values() if events)
    return {view.id: view for view in views if view is not None}


def _as_far_as_read(events: Sequence[RecordedEvent]) -> Occurrence:
    try:
        return fold_occurrence(events)
    except UnreadableEventError as error:
        return fold_occurrence(events[: error.event.version - 1])


def _is_claimed(place: Control, occurrences: Collection[str]) -> bool:
    claimed = {claim.partition(".")[0] for claim in place.basis.claims}
    return place.status == "contested" or (place.inherited_from is None and not claimed.isdisjoint(occurrences))


def _named(found: Findings) -> set[str]:
    """Give the reports behind what is shown."""
    return {
        *(report for entry in found.entries for report in entry.reports),
        *(report for strike in found.strikes.items for report in strike.reports),
        *(report for hazard in found.hazards.items for report in hazard.reports),
        *(report for moved in found.displaced.items for report in moved.movement.reports),
        *(citation.report for transfer in found.transfers for citation in transfer.citations),
        *(report for place in (*found.control, *found.claimed) for report in place.basis.reports),
        *(cited.citation.report for voice in found.harm.voices for cited in voice.citations),
    }
