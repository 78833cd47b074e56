"""Decisions about registries: what registering, amending and withdrawing come to."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from events import registry_events as said
from events import registry_requests as asked
from events.decide_restriction import members
from events.decision import Decision, Facts, Write, published, refuse
from events.geometry import Geometry, Point, right_handed
from events.log import PlaceName
from events.names import FOLDED_BYTES_MAX, fold, fold_all
from events.refusals import Fault, ReportWithdrawnError, UnknownError
from events.times import end_of, parse, zone_named
from events.values import Name, Position

Registering = asked.RegisterParty | asked.RegisterPlace | asked.RegisterSource | asked.FileReport
Amending = asked.AmendParty | asked.AmendPlace | asked.AmendSource | asked.AmendReport


def register(body: Registering, new_id: str, facts: Facts) -> Decision:
    """Register something under an id that is free."""
    match body:
        case asked.RegisterParty():
            return _new("party", new_id, _party(body))
        case asked.RegisterPlace():
            refuse(_too_long(body.name, body.names))
            event = _place(body, facts)
            kept = () if body.restricted is None else (said.PlaceRestricted(**members(body.restricted)),)
            decision = _new("place", new_id, event, *kept)
            return Decision(writes=decision.writes, names=_names(new_id, event.name, event.names))
        case asked.RegisterSource():
            return _new("source", new_id, _source(body))
        case asked.FileReport():
            return _new("report", new_id, _report(body, facts))
        case _:
            assert_never(body)


def amend(body: Amending, subject: str, facts: Facts) -> Decision:
    """Amend something registered; raises UnknownError, or FaultyError for a circle."""
    match body:
        case asked.AmendParty():
            member_of = _several(body.member_of)
            refuse(_circle("member_of", subject, member_of or (), facts.parties))
            return _amended("party", subject, facts, _party_amended(body))
        case asked.AmendPlace():
            refuse(_too_long(body.name, body.names))
            event = _place_amended(body)
            above = {name: (*place.said.within, place.said.parent or "") for name, place in facts.places.items()}
            faults = _circle("parent", subject, (event.parent,) if event.parent else (), above)
            refuse(faults + _circle("within", subject, event.within or (), above))
            decision = _amended("place", subject, facts, event)
            return Decision(writes=decision.writes, names=_names(subject, event.name, event.names))
        case asked.AmendSource():
            return _amended("source", subject, facts, _source_amended(body))
        case asked.AmendReport():
            originals = {name: (report.said.translation_of or "",) for name, report in facts.reports.items()}
            translated = () if body.translation_of is None else (body.translation_of,)
            refuse(_circle("translation_of", subject, translated, originals))
            return _amended("report", subject, facts, _report_amended(body))
        case _:
            assert_never(body)


def withdraw_report(body: asked.WithdrawReport, subject: str, facts: Facts) -> Decision:
    """Take a publication back; raises UnknownError or ReportWithdrawnError."""
    report = facts.reports.get(subject)
    if report is not None and report.withdrawn_at is not None:
        raise ReportWithdrawnError(f"the report {subject!r} is withdrawn already")
    event = said.ReportWithdrawn(reason=body.reason, published_at=published(body.published_at))
    return _amended("report", subject, facts, event)


def _new(category: str, new_id: str, *events: said.RegistryEvent) -> Decision:
    return Decision(writes=(Write(f"{category}-{new_id}", 0, events),))


def _amended(category: str, subject: str, facts: Facts, event: said.RegistryEvent) -> Decision:
    version = facts.versions.get(f"{category}-{subject}", 0)
    if version == 0:
        raise UnknownError(category, subject)
    return Decision(writes=(Write(f"{category}-{subject}", version, (event,)),))


def _party(body: asked.RegisterParty) -> said.PartyRegistered:
    return said.PartyRegistered(
        name=body.name,
        kind=body.kind,
        member_of=_several(body.member_of) or (),
        aligned_with=_several(body.aligned_with) or (),
        names=body.names,
        acled_inter=body.acled_inter,
        external_ids=body.external_ids,
    )


def _party_amended(body: asked.AmendParty) -> said.PartyAmended:
    return said.PartyAmended(
        name=body.name,
        kind=body.kind,
        member_of=_several(body.member_of),
        aligned_with=_several(body.aligned_with),
        names=body.names,
        acled_inter=body.acled_inter,
        external_ids=body.external_ids,
    )


def _place(body: asked.RegisterPlace, facts: Facts) -> said.PlaceRegistered:
    around = (body.parent, *(_several(body.within) or ()))
    inherited = next((facts.places[place].said.time_zone for place in around if place), "UTC")
    return said.PlaceRegistered(
        name=body.name,
        kind=body.kind,
        parent=body.parent,
        within=_several(body.within) or (),
        names=body.names,
        point=_point(body.point),
        geometry=_geometry(body.geometry),
        time_zone=body.time_zone or inherited,
        external_ids=body.external_ids,
    )


def _place_amended(body: asked.AmendPlace) -> said.PlaceAmended:
    return said.PlaceAmended(
        name=body.name,
        kind=body.kind,
        parent=body.parent,
        within=_several(body.within),
        names=body.names,
        point=_point(body.point),
        geometry=_geometry(body.geometry),
        time_zone=body.time_zone,
        external_ids=body.external_ids,
    )


def _source(body: asked.RegisterSource) -> said.SourceRegistered:
    return said.SourceRegistered(
        name=body.name,
        kind=body.kind,
        aligned_with=body.aligned_with,
        time_zone=body.time_zone,
        reliability=body.reliability,
        language=body.language,
        url=body.url,
    )


def _source_amended(body: asked.AmendSource) -> said.SourceAmended:
    return said.SourceAmended(
        name=body.name,
        kind=body.kind,
        aligned_with=body.aligned_with,
        time_zone=body.time_zone,
        reliability=body.reliability,
        language=body.language,
        url=body.url,
    )


def _report(body: asked.FileReport, facts: Facts) -> said.ReportFiled:
    zone = facts.sources[body.source].said.time_zone
    return said.ReportFiled(
        source=body.source,
        published=body.published_at,
        published_at=end_of(parse(body.published_at), zone_named(zone)),
        time_zone=zone,
        title=body.title,
        url=body.url,
        language=body.language,
        sha256=body.sha256,
        translation_of=body.translation_of,
    )


def _report_amended(body: asked.AmendReport) -> said.ReportAmended:
    return said.ReportAmended(
        title=body.title,
        url=body.url,
        language=body.language,
        sha256=body.sha256,
        translation_of=body.translation_of,
    )


def _circle(member: str, subject: str, parents: Sequence[str], above: Mapping[str, tuple[str, ...]]) -> list[Fault]:
    """Find the parents that are the subject itself or lead to it."""
    faults: list[Fault] = []
    for parent in parents:
        seen, edge = {parent}, [parent]
        while edge:
            edge = [up for place in edge for up in above.get(place, ()) if up and up not in seen]
            seen.update(edge)
        if subject in seen:
            faults.append(Fault(f"/{member}", f"{parent!r} is {subject!r} or leads to it: that would be a circle"))
    return faults


def _too_long(name: str | None, names: Sequence[Name]) -> list[Fault]:
    """Find the names that are longer, as they are compared, than the log's table of names holds."""
    given = (("/name", name), *((f"/names/{number}/name", one.name) for number, one in enumerate(names)))
    return [
        Fault(pointer, f"is longer than {FOLDED_BYTES_MAX} bytes as it is compared")
        for pointer, text in given
        if text is not None and len(fold(text).encode()) > FOLDED_BYTES_MAX
    ]


def _names(place: str, name: str | None, names: tuple[Name, ...]) -> tuple[PlaceName, ...]:
    return tuple(PlaceName(text, place) for text in fold_all([name, *(given.name for given in names)]))


def _point(point: Position | Point | None) -> Position | None:
    return point.coordinates if isinstance(point, Point) else point


def _geometry(geometry: Geometry | None) -> Geometry | None:
    return None if geometry is None else right_handed(geometry)


def _several(one_or_more: tuple[str, ...] | str | None) -> tuple[str, ...] | None:
    return (one_or_more,) if isinstance(one_or_more, str) else one_or_more
