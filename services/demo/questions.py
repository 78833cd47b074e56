"""What the demo asks the API, and how the facts of its answers are read."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeAlias

import msgspec
from msgspec import Struct

Fact: TypeAlias = str | int | bool | list[str] | None
Facts: TypeAlias = dict[str, Fact]


class Question(Struct, frozen=True):
    """A question in words, the request that asks it, and what reads the rows of facts from the answer's body."""

    section: str
    text: str
    path: str
    asked: Mapping[str, str]
    read: Callable[[bytes], list[Facts]]


class _Exclusion(Struct, frozen=True):
    place: str
    to: str


class _Pending(Struct, frozen=True):
    to: str
    due: date | None = None
    overdue: bool = False
    rescheduled_from: date | None = None
    excluding: tuple[_Exclusion, ...] = ()


class _Control(Struct, frozen=True):
    place: str
    status: str
    controllers: tuple[str, ...] = ()
    pending_transfer: _Pending | None = None


class _Feature(Struct, frozen=True):
    properties: _Control


class _ControlMap(Struct, frozen=True):
    features: tuple[_Feature, ...]


class _Transfer(Struct, frozen=True):
    status: str
    due: date | None = None


class _Row(Struct, frozen=True):
    effect: str
    low: int | None = None
    best: int | None = None
    high: int | None = None
    contested: bool = False
    open_ended: bool = False
    affected_party: str | None = None


class _Casualties(Struct, frozen=True):
    rows: tuple[_Row, ...] = ()
    totals: tuple[_Row, ...] = ()


class _Strike(Struct, frozen=True):
    occurrence: str
    areas: tuple[str, ...] = ()
    areas_shared_with_previous: tuple[str, ...] = ()


class _Window(Struct, frozen=True, rename={"from_": "from"}):
    count: int
    from_: str
    to: str
    strikes: tuple[_Strike, ...] = ()


class _Place(Struct, frozen=True):
    id: str


class _Near(Struct, frozen=True):
    place: str


class _Resolved(Struct, frozen=True):
    places: tuple[_Place, ...] = ()
    nearest: tuple[_Near, ...] = ()


def questions() -> tuple[Question, ...]:
    """Give all questions, section by section."""
    return (*_control(), *_transfers(), *_casualties(), *_strikes(), *_names())


def _control() -> list[Question]:
    asked = [
        ("kalbajar", "2020-11-24", None),
        ("kalbajar", "2020-11-24", "2020-11-12"),
        ("kalbajar", "2020-11-25", None),
        ("agdam", "2020-11-25", None),
        ("lachin", "2020-11-25", None),
        ("lachin-corridor", "2020-12-02", None),
    ]
    return [
        Question(
            "Who controls what",
            _with_clocks(place, as_of, known_at),
            "/v1/control-map",
            _given(place=place, as_of=as_of, known_at=known_at),
            _read_control_of(place),
        )
        for place, as_of, known_at in asked
    ]


def _transfers() -> list[Question]:
    transfer = "ceasefire-2020-11-10.transfer-lachin"
    return [
        Question(
            "Transfers",
            _with_clocks(transfer, "2020-12-02", known_at),
            f"/v1/transfers/{transfer}",
            _given(as_of="2020-12-02", known_at=known_at),
            _read_transfer,
        )
        for known_at in ("2020-11-30", None)
    ]


def _casualties() -> list[Question]:
    strike = {"occurrence": "strike-2020-11-25", "effect": "killed"}
    asked: list[tuple[str, dict[str, str]]] = [
        ("the mine explosion of 23 November", {"occurrence": "mine-madagiz"}),
        (
            "the mine explosion of 23 November, by party",
            {"occurrence": "mine-madagiz", "group_by": "affected_party,effect", "party_level": "top"},
        ),
        ("the strike of 18 November", {"occurrence": "strike-2020-11-18", "effect": "killed"}),
        (
            "the strike of 18 November, by party",
            {"occurrence": "strike-2020-11-18", "effect": "killed", "group_by": "affected_party"},
        ),
        ("the strike of 25 November", strike),
        ("the strike of 25 November, says SANA", strike | {"claimant": "source:sana"}),
        ("the strike of 25 November, says SOHR", strike | {"claimant": "source:sohr"}),
    ]
    return [Question("Who was harmed", text, "/v1/casualties", params, _read_casualties) for text, params in asked]


def _strikes() -> list[Question]:
    window = {"attacker": "israel", "place": "syria", "window": "P7D", "as_of": "2020-11-25"}
    return [
        Question(
            "Who struck whom",
            "Israel, in Syria, acknowledged or attributed",
            "/v1/strikes/window",
            window,
            _read_window,
        ),
        Question(
            "Who struck whom",
            "Israel, in Syria, suspected as well",
            "/v1/strikes/window",
            window | {"responsibility": "acknowledged,attributed,suspected"},
            _read_window,
        ),
    ]


def _names() -> list[Question]:
    asked = [
        ("Nagorno-Karabkah", None),
        ("ナゴルノ・カラブカ", None),
        ("Кельбаджар", "district"),
        ("K'arvacharr", "district"),
        ("Magadiz", None),
    ]
    return [
        Question(
            "Which place bears the name",
            f"{name} ({kind})" if kind else name,
            "/v1/places/resolve",
            _given(name=name, kind=kind),
            _read_resolved,
        )
        for name, kind in asked
    ]


def _given(**members: str | None) -> dict[str, str]:
    return {name: value for name, value in members.items() if value is not None}


def _with_clocks(what: str, as_of: str, known_at: str | None) -> str:
    return f"{what}, as of {as_of}" + (f", known at {known_at}" if known_at else "")


def _read_control_of(place: str) -> Callable[[bytes], list[Facts]]:
    def read(body: bytes) -> list[Facts]:
        shown = msgspec.json.decode(body, type=_ControlMap)
        return [_control_facts(feature.properties) for feature in shown.features if feature.properties.place == place]

    return read


def _control_facts(control: _Control) -> Facts:
    pending = control.pending_transfer
    facts: Facts = {"status": control.status, "controllers": list(control.controllers)}
    if pending is None:
        return facts | {"to": None, "due": None, "overdue": None, "rescheduled_from": None, "excluding": []}
    return facts | {
        "to": pending.to,
        "due": _day(pending.due),
        "overdue": pending.overdue,
        "rescheduled_from": _day(pending.rescheduled_from),
        "excluding": [exclusion.place for exclusion in pending.excluding],
    }


def _read_transfer(body: bytes) -> list[Facts]:
    transfer = msgspec.json.decode(body, type=_Transfer)
    return [{"status": transfer.status, "due": _day(transfer.due)}]


def _read_casualties(body: bytes) -> list[Facts]:
    tally = msgspec.json.decode(body, type=_Casualties)
    return [
        {
            "affected_party": row.affected_party,
            "effect": row.effect,
            "low": row.low,
            "best": row.best,
            "high": row.high,
            "open_ended": row.open_ended,
            "contested": row.contested,
        }
        for row in tally.rows or tally.totals
    ]


def _read_window(body: bytes) -> list[Facts]:
    window = msgspec.json.decode(body, type=_Window)
    shared = {area for strike in window.strikes for area in strike.areas_shared_with_previous}
    return [
        {
            "count": window.count,
            "from": window.from_,
            "to": window.to,
            "strikes": [strike.occurrence for strike in window.strikes],
            "areas_struck_again": sorted(shared),
        }
    ]


def _read_resolved(body: bytes) -> list[Facts]:
    found = msgspec.json.decode(body, type=_Resolved)
    nearest = list(dict.fromkeys(near.place for near in found.nearest))
    return [{"places": [place.id for place in found.places], "nearest": nearest}]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
