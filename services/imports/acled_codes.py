"""ACLED's codes in our words: what kind of occurrence an event is, who its actors are, and what they did."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from events import details as kinds
from events.mappings import ACLED_EVENTS, ACLED_INTER, ACLED_TYPES
from events.words import PartyKind, PartyRole
from services.imports.entry import Row
from services.imports.reading import code_in
from services.imports.wanted import WantedParty

Kind = tuple[str, str]
"""Event type and sub-event type."""

Acting = tuple[str, str, PartyRole]
"""Who acted (a name, or a party's id), ACLED's code for what it is, and what it did."""

_DETAILS: Mapping[Kind, kinds.Details] = {
    (event.event_type.lower(), event.sub_event_type.lower()): event.details for event in ACLED_EVENTS
}
_TYPES: Mapping[str, kinds.Details] = {event_type.lower(): details for event_type, details in ACLED_TYPES.items()}
_PARTICIPATING = frozenset({"battles", "protests", "riots", "strategic developments"})
# The codes of 2024 and before are numbers, those after it words, in the singular or the plural.
_INTER: Mapping[str, int] = {words.lower().rstrip("s"): number for number, words, _ in ACLED_INTER}
_PARTY_KINDS: Mapping[int, PartyKind] = {number: kind for number, _, kind in ACLED_INTER}
_STATE = 1
_NON_STATE = frozenset({2, 3, 4, 8})


def inter_of(code: str) -> int | None:
    """Read what kind of actor it is, by number or in words."""
    text = code.strip().lower().rstrip("s")
    if text.isdecimal() and int(text) in _PARTY_KINDS:
        return int(text)
    return _INTER.get(text)


@lru_cache(maxsize=16_384)
def actor_of(name: str, inter: str) -> WantedParty:
    """Give an actor."""
    code = inter_of(inter)
    return WantedParty(name=name, kind=_PARTY_KINDS.get(code or 0, "other"), register="acled", acled_inter=code)


def roles_of(row: Row, kind: Kind) -> tuple[Acting, ...]:
    """Give the actors of an event, each with its kind and what it did; those associated take part."""
    both = kind[0].lower() in _PARTICIPATING
    first: PartyRole = "participant" if both else "attacker"
    second: PartyRole = "participant" if both else "target"
    found: list[Acting] = []
    sides: tuple[tuple[int, PartyRole], ...] = ((1, first), (2, second))
    for number, role in sides:
        if name := row.get(f"actor{number}", "").strip():
            found.append((name, code_in(row, f"inter{number}"), role))
        others = (part.strip() for part in row.get(f"assoc_actor_{number}", "").split(";"))
        associated: list[Acting] = [(name, "", "participant") for name in others if name]
        found += associated
    return tuple(dict.fromkeys(found))


def details_of(kind: Kind, parties: Sequence[Acting], *, is_there: bool = True) -> kinds.Details:
    """Give what kind of occurrence an event is; `parties` are its actors by id, with their kinds.

    With `is_there` it was in the very place that is named: what was taken near a town, or somewhere in the province
    whose capital stands for it, changes nothing about who holds the town.
    """
    event_type, sub_type = kind[0].lower(), kind[1].lower()
    change = _control_change(sub_type, parties) if is_there else None
    if change is not None:
        return change
    return _DETAILS.get((event_type, sub_type)) or _TYPES.get(event_type) or kinds.Other(words=" / ".join(kind))


def _control_change(sub_type: str, parties: Sequence[Acting]) -> kinds.ControlChange | None:
    """Give the change of control that an event is, where it is clear who took the place from whom."""
    acting = [(party, inter_of(code)) for party, code, _ in parties if code]
    states = [party for party, code in acting if code == _STATE]
    others = [party for party, code in acting if code in _NON_STATE]
    match sub_type:
        case "government regains territory" if len(states) == 1:
            return kinds.ControlChange(to_party=states[0], from_party=others[0] if others else None, manner="capture")
        case "non-state actor overtakes territory" if len(others) == 1:
            return kinds.ControlChange(to_party=others[0], from_party=states[0] if states else None, manner="capture")
        case "non-violent transfer of territory" if acting:
            return kinds.ControlChange(
                to_party=acting[0][0], from_party=acting[1][0] if len(acting) > 1 else None, manner="entry"
            )
        case _:
            return None
