"""What others' codes say in our words: one table for those who read their data and for those who ask about ours.

ACLED codebook (2023, 2024); UCDP GED codebook 23.1; IMSMA and IMAS 04.10; STANAG 2511, the Admiralty code.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from events import details as kinds
from events.words import Credibility, Device, PartyKind, PlacePrecision, Reliability, TimePrecision, Weapon

Scheme = Literal["acled", "ucdp", "imsma", "admiralty"]

SCHEMES: dict[Scheme, str] = {
    "acled": "Armed Conflict Location & Event Data, codebook",
    "ucdp": "UCDP Georeferenced Event Dataset, codebook",
    "imsma": "Information Management System for Mine Action, accident and device classes (IMAS 04.10)",
    "admiralty": "Admiralty code for sources and information (STANAG 2511)",
}


class Match(Struct, frozen=True, kw_only=True):
    """That a code of ours, in one of our lists, says what a code of theirs says.

    `reads` tells whether an import takes their code for ours: several of ours may say what one of theirs does.
    `within` is the wider code that theirs belongs to, `means` what it says there.
    """

    list: str
    code: str | int
    scheme: Scheme
    field: str
    theirs: str
    means: str | None = None
    within: str | None = None
    reads: bool = True


class AcledEvent(Struct, frozen=True):
    """An event type and sub-event type, and what kind of occurrence it is.

    `changes_control`: it is a change of control where it is clear who took the place from whom.
    """

    event_type: str
    sub_event_type: str
    details: kinds.Details
    changes_control: bool = False


_REMOTE, _AGAINST = "Explosions/Remote violence", "Violence against civilians"
_STRATEGIC = "Strategic developments"
ACLED_EVENTS = (
    AcledEvent("Battles", "Armed clash", kinds.Clash()),
    AcledEvent("Battles", "Government regains territory", kinds.Clash(), changes_control=True),
    AcledEvent("Battles", "Non-state actor overtakes territory", kinds.Clash(), changes_control=True),
    AcledEvent(_REMOTE, "Air/drone strike", kinds.Strike(weapon="airstrike")),
    AcledEvent(_REMOTE, "Shelling/artillery/missile attack", kinds.Strike(weapon="artillery")),
    AcledEvent(_REMOTE, "Chemical weapon", kinds.Strike()),
    AcledEvent(_REMOTE, "Suicide bomb", kinds.Explosion(device="ied")),
    AcledEvent(_REMOTE, "Remote explosive/landmine/IED", kinds.Explosion()),
    AcledEvent(_REMOTE, "Grenade", kinds.Explosion()),
    AcledEvent(_AGAINST, "Attack", kinds.AttackOnCivilians()),
    AcledEvent(_AGAINST, "Sexual violence", kinds.AttackOnCivilians()),
    AcledEvent(_AGAINST, "Abduction/forced disappearance", kinds.Detention()),
    AcledEvent("Protests", "Peaceful protest", kinds.Protest()),
    AcledEvent("Protests", "Protest with intervention", kinds.Protest()),
    AcledEvent("Protests", "Excessive force against protesters", kinds.Protest()),
    AcledEvent("Riots", "Violent demonstration", kinds.Protest()),
    AcledEvent("Riots", "Mob violence", kinds.Protest()),
    AcledEvent(_STRATEGIC, "Agreement", kinds.Agreement()),
    AcledEvent(_STRATEGIC, "Arrests", kinds.Detention()),
    AcledEvent(_STRATEGIC, "Headquarters or base established", kinds.Deployment()),
    AcledEvent(_STRATEGIC, "Looting/property destruction", kinds.Destruction()),
    AcledEvent(_STRATEGIC, "Non-violent transfer of territory", kinds.Other(), changes_control=True),
    AcledEvent(_STRATEGIC, "Change to group/activity", kinds.Other()),
    AcledEvent(_STRATEGIC, "Disrupted weapons use", kinds.Other()),
    AcledEvent(_STRATEGIC, "Other", kinds.Other()),
)

ACLED_TYPES: dict[str, kinds.Details] = {
    "Battles": kinds.Clash(),
    _REMOTE: kinds.Explosion(),
    _AGAINST: kinds.AttackOnCivilians(),
    "Protests": kinds.Protest(),
    "Riots": kinds.Protest(),
    _STRATEGIC: kinds.Other(),
}
"""What an event is whose sub-event type is none of these."""

ACLED_INTER: tuple[tuple[int, str, PartyKind], ...] = (
    (1, "State forces", "state_force"),
    (2, "Rebel group", "armed_group"),
    (3, "Political militia", "armed_group"),
    (4, "Identity militia", "armed_group"),
    (5, "Rioters", "other"),
    (6, "Protesters", "other"),
    (7, "Civilians", "civilians"),
    (8, "External/Other forces", "other"),
)
"""The codes for kinds of actor, numbers up to 2024 and words after it."""

_RELIABILITY: dict[Reliability, str] = {
    "A": "Completely reliable",
    "B": "Usually reliable",
    "C": "Fairly reliable",
    "D": "Not usually reliable",
    "E": "Unreliable",
    "F": "Reliability cannot be judged",
}
_CREDIBILITY: dict[Credibility, str] = {
    1: "Confirmed by other sources",
    2: "Probably true",
    3: "Possibly true",
    4: "Doubtful",
    5: "Improbable",
    6: "Truth cannot be judged",
}
_TIMES: tuple[tuple[Scheme, str, str, TimePrecision, str], ...] = (
    ("ucdp", "date_prec", "1", "day", "The exact day is known"),
    ("ucdp", "date_prec", "2", "week", "Within two to six days"),
    ("ucdp", "date_prec", "3", "week", "The week is known"),
    ("ucdp", "date_prec", "4", "month", "The month is known"),
    ("ucdp", "date_prec", "5", "longer", "More than a month, within a year"),
    ("acled", "time_precision", "1", "day", "The exact day is known"),
    ("acled", "time_precision", "2", "week", "The week is known"),
    ("acled", "time_precision", "3", "month", "The month is known"),
)
_PLACES: tuple[tuple[Scheme, str, str, PlacePrecision, str], ...] = (
    ("ucdp", "where_prec", "1", "exact", "The exact location"),
    ("ucdp", "where_prec", "2", "near", "Within about 25 km around a known point"),
    ("ucdp", "where_prec", "3", "district", "The second administrative division"),
    ("ucdp", "where_prec", "4", "province", "The first administrative division"),
    ("ucdp", "where_prec", "5", "linear_or_fuzzy", "A linear feature, or a fuzzy area"),
    ("ucdp", "where_prec", "6", "country", "Only the country"),
    ("ucdp", "where_prec", "7", "water", "In the air or on international waters"),
    ("acled", "geo_precision", "1", "exact", "The town is known"),
    ("acled", "geo_precision", "2", "near", "Near a town, or part of a region"),
    ("acled", "geo_precision", "3", "province", "A larger region"),
)
_VIOLENCE = (
    ("1", "clash", "State-based conflict"),
    ("2", "clash", "Non-state conflict"),
    ("3", "attack_on_civilians", "One-sided violence"),
)
_DEVICES: tuple[tuple[Device, str, str], ...] = (
    ("mine", "Mine", "Anti-personnel or anti-vehicle mine"),
    ("ied", "IED", "Improvised explosive device, improvised mines included"),
    ("uxo", "UXO", "Unexploded ordnance other than submunitions"),
    ("cluster_munition", "Submunition", "Cluster munition remnant"),
    ("unspecified", "Unknown", "A device of a kind that is not known"),
)
_SHELLED: tuple[Weapon, ...] = ("missile", "rocket", "naval")


def _acled() -> Iterator[Match]:
    for event in ACLED_EVENTS:
        kind = "control_change" if event.changes_control else kinds.kind_of(event.details)
        yield _sub_event("occurrence_kind", kind, event)
        match event.details:
            case kinds.Strike(weapon=weapon):
                yield _sub_event("weapon", weapon, event)
                also = {"airstrike": ("drone",), "artillery": _SHELLED}.get(weapon, ())
                yield from (_sub_event("weapon", other, event, reads=False) for other in also)
            case kinds.Explosion(device=device):
                yield _sub_event("device", device, event)
                mined = event.sub_event_type == "Remote explosive/landmine/IED"
                also = ("mine", "ied", "uxo", "cluster_munition") if mined else ()
                yield from (_sub_event("device", other, event, reads=False) for other in also)
            case _:
                pass  # Of the other kinds the sub-event says no more.
    for number, words, kind in ACLED_INTER:
        yield Match(list="acled_inter", code=number, scheme="acled", field="inter", theirs=words, means=words)
        yield Match(list="party_kind", code=kind, scheme="acled", field="inter", theirs=str(number), means=words)
    for kind in ("state", "peacekeeping_force"):
        number, words, _ = ACLED_INTER[0 if kind == "state" else -1]
        yield Match(
            list="party_kind", code=kind, scheme="acled", field="inter", theirs=str(number), means=words, reads=False
        )


def _sub_event(of: str, code: str, event: AcledEvent, *, reads: bool = True) -> Match:
    return Match(
        list=of,
        code=code,
        scheme="acled",
        field="sub_event_type",
        theirs=event.sub_event_type,
        within=event.event_type,
        reads=reads,
    )


def _others() -> Iterator[Match]:
    for theirs, kind, means in _VIOLENCE:
        yield Match(
            list="occurrence_kind", code=kind, scheme="ucdp", field="type_of_violence", theirs=theirs, means=means
        )
    for scheme, field, theirs, precision, means in _TIMES:
        yield Match(list="time_precision", code=precision, scheme=scheme, field=field, theirs=theirs, means=means)
    dated: tuple[tuple[Scheme, str], ...] = (("ucdp", "date_prec"), ("acled", "time_precision"))
    for scheme, field in dated:
        yield Match(list="time_precision", code="exact", scheme=scheme, field=field, theirs="1", reads=False)
    for scheme, field, theirs, where, means in _PLACES:
        yield Match(list="place_precision", code=where, scheme=scheme, field=field, theirs=theirs, means=means)
    for device, theirs, means in _DEVICES:
        yield Match(list="device", code=device, scheme="imsma", field="device_class", theirs=theirs, means=means)
    for grade, means in _RELIABILITY.items():
        yield Match(
            list="source_reliability", code=grade, scheme="admiralty", field="reliability", theirs=grade, means=means
        )
    for degree, means in _CREDIBILITY.items():
        yield Match(
            list="claim_credibility",
            code=degree,
            scheme="admiralty",
            field="credibility",
            theirs=str(degree),
            means=means,
        )


MATCHES = (*_acled(), *_others())


def reading(of: str, scheme: Scheme, field: str) -> dict[str, str]:
    """Give what an import takes each of their codes for, in one of our lists."""
    found: Iterable[Match] = (
        match for match in MATCHES if match.reads and (match.list, match.scheme, match.field) == (of, scheme, field)
    )
    return {match.theirs: str(match.code) for match in found}
