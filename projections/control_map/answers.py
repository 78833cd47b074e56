"""The control map as it is answered: GeoJSON features, histories and transfers."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from events.details import Exclusion
from events.geometry import Geometry, Point
from events.registry import Place
from projections.clocks import Answered
from projections.control_map.control import Control, Period
from projections.control_map.facts import Quoted, Transfer
from projections.control_map.resolve import control_of
from projections.control_map.situation import Situation
from projections.control_map.transfers import TransferStatus


class ControlFeature(Struct, frozen=True, kw_only=True, tag_field="type", tag="Feature"):
    """A place as a GeoJSON feature; its geometry is the registered one, else its point, else null."""

    id: str
    geometry: Geometry | None
    properties: Control


class ControlMapAnswer(Answered, kw_only=True):
    """The control map as a GeoJSON FeatureCollection, ordered by place."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[ControlFeature]


class ControlHistoryAnswer(Answered, kw_only=True):
    """The runs of one place over valid time up to `as_of`, oldest first, as known at `known_at`."""

    place: str
    name: str
    spans: list[Period]


class TransferCitation(Quoted, frozen=True, kw_only=True):
    """Where a transfer was agreed or put off, and what the citation is of; `due` is the day that it was put off to."""

    of: Literal["agreement", "reschedule"]


class TransferItem(Struct, frozen=True, kw_only=True, rename={"from_party": "from", "to_party": "to"}):
    """A transfer as it stands. `overdue` is also told of one that is partly effected.

    `rescheduled_from` is the day it was due before, `former_dues` all of them; `effected_by` are occurrences.
    """

    id: str
    agreement: str
    places: tuple[str, ...]
    from_party: str | None
    to_party: str
    status: TransferStatus
    overdue: bool
    due: date | None
    rescheduled_from: date | None
    former_dues: tuple[date, ...]
    excluded: tuple[Exclusion, ...]
    effected_by: tuple[str, ...]
    words: str | None
    citations: tuple[TransferCitation, ...]
    positions: tuple[int, ...]
    links: dict[str, str | list[str]]


class TransfersAnswer(Answered, kw_only=True):
    """Transfers agreed on by `as_of`, ordered by id."""

    items: list[TransferItem]
    next_cursor: Annotated[str | None, Meta(description="The id after which the next page begins.")] = None
    total: int


class TransferAnswer(Answered, kw_only=True, rename={"from_party": "from", "to_party": "to"}):
    """One transfer as it stands, with the members of a TransferItem: no struct can be laid out as both."""

    id: str
    agreement: str
    places: tuple[str, ...]
    from_party: str | None
    to_party: str
    status: TransferStatus
    overdue: bool
    due: date | None
    rescheduled_from: date | None
    former_dues: tuple[date, ...]
    excluded: tuple[Exclusion, ...]
    effected_by: tuple[str, ...]
    words: str | None
    citations: tuple[TransferCitation, ...]
    positions: tuple[int, ...]
    links: dict[str, str | list[str]]


def feature_of(place: Place, situation: Situation) -> ControlFeature:
    """Give the feature of a place."""
    return ControlFeature(
        id=place.id,
        geometry=place.said.geometry or (Point(place.said.point) if place.said.point else None),
        properties=control_of(place, situation),
    )


def transfer_item(transfer: Transfer, situation: Situation) -> TransferItem:
    """Give a transfer as it stands."""
    progress = situation.progress(transfer)
    return TransferItem(
        id=transfer.id,
        agreement=transfer.occurrence,
        places=transfer.places,
        from_party=transfer.from_party,
        to_party=transfer.to_party,
        status=progress.status,
        overdue=progress.overdue,
        due=transfer.due,
        rescheduled_from=transfer.former_dues[-1] if transfer.former_dues else None,
        former_dues=transfer.former_dues,
        excluded=transfer.excluding,
        effected_by=progress.effected_by,
        words=transfer.words,
        citations=(
            *(_citation(quoted, "agreement") for quoted in transfer.agreed_in),
            *(_citation(quoted, "reschedule") for quoted in transfer.rescheduled_in),
        ),
        positions=transfer.positions,
        links={
            "self": f"/v1/transfers/{transfer.id}",
            "agreement": f"/v1/occurrences/{transfer.occurrence}",
            "effected_by": [f"/v1/occurrences/{one}" for one in progress.effected_by],
            "reports": [f"/v1/reports/{one}" for one in transfer.reports],
        },
    )


def _citation(quoted: Quoted, of: Literal["agreement", "reschedule"]) -> TransferCitation:
    return TransferCitation(**structs.asdict(quoted), of=of)
