"""A made history: registries, and any number of occurrences of all sorts with their claims, as events of the log."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, cycle, islice
from random import Random

import msgspec
from msgspec import Struct

from events import registry_requests as registry
from events import requests as asked
from events.log import Append, NewEvent, RecordedEvent, StreamWrite
from services.ids import RandomIds
from tests.reporter import Reporter

TEMPLATES = 240
COPIED = "zq"
"""With what the ids of all copies begin; it stands nowhere else in the bytes of an event."""

_SEED = 2020
_REPORTS = 60
_SOURCES = ("north-daily", "south-times", "wire", "monitor", "ministry", "watch")
_PARTIES = ("north", "south", "militia", "peacekeepers")
_DISTRICTS = tuple(f"district-{number}" for number in range(40))
_IDS = RandomIds()


class Template(Struct, frozen=True):
    """The events of one occurrence, whose id stands for that of each copy."""

    id: str
    events: tuple[tuple[str, bytes], ...]

    def copy(self, number: int, *, only_reported: bool = False) -> Append:
        """Give the occurrence again, under an id of its own, whole or without what was said later."""
        name = f"{COPIED}{self.id.removeprefix('mold')}x{number}"
        old, new = self.id.encode(), name.encode()
        events = self.events[:1] if only_reported else self.events
        made = tuple(NewEvent(_IDS.event_id(), kind, 1, data.replace(old, new)) for kind, data in events)
        return Append(writes=(StreamWrite(f"occurrence-{name}", 0, made),))


class History(Struct, frozen=True):
    """What is registered, the occurrences to be copied, and the requests by which they are reported over HTTP."""

    registered: Sequence[Append]
    templates: Sequence[Template]
    bodies: Sequence[bytes]

    def occurrences(self, first: int = 0) -> Iterator[Append]:
        """Give occurrences without end, from a copy of that number on; each has some three events."""
        for number, template in zip(count(first), cycle(self.templates), strict=False):
            yield template.copy(number)

    def reports(self, first: int = 0) -> Iterator[Append]:
        """Give occurrences without end, each of a single event."""
        for number, template in zip(count(first), cycle(self.templates), strict=False):
            yield template.copy(number, only_reported=True)

    def pages(self, events: int, first: int = 0) -> Iterator[Append]:
        """Give some occurrences of about so many events altogether, many to an append."""
        taken = 0
        occurrences = self.occurrences(first)
        while taken < events:
            writes = tuple(write for request in islice(occurrences, 200) for write in request.writes)
            taken += sum(len(write.events) for write in writes)
            yield Append(writes=writes)


async def make_history() -> History:
    """Make the same history whenever it is asked for."""
    reporter, chance = Reporter(), Random(_SEED)
    await _register(reporter)
    registered = [_append(events) for events in await _streams(reporter)]
    templates: list[Template] = []
    bodies: list[bytes] = []
    for number in range(TEMPLATES):
        name, body = f"mold{number:03}", _occurrence(number, chance)
        bodies.append(msgspec.json.encode(body))
        await reporter.report({**body, "id": name})
        for path, claim in _later(number, chance):
            await reporter.send(path, claim, name)
        [events] = (await reporter.log.read_streams([f"occurrence-{name}"])).values()
        templates.append(Template(name, tuple((event.type, event.data) for event in events)))
    return History(registered, templates, bodies)


async def _register(reporter: Reporter) -> None:
    for name in _PARTIES:
        above = {"member_of": ["north"]} if name == "militia" else {}
        await reporter.send(registry.RegisterParty, {"id": name, "name": name, "kind": "armed_group", **above})
    land = {"id": "land", "name": "Land", "kind": "country", "time_zone": "Asia/Baku"}
    await reporter.send(registry.RegisterPlace, land)
    for number in range(4):
        province = {"id": f"province-{number}", "name": f"Province {number}", "kind": "province", "parent": "land"}
        await reporter.send(registry.RegisterPlace, province)
    for number, name in enumerate(_DISTRICTS):
        district = {"id": name, "name": f"District {number}", "kind": "district", "parent": f"province-{number % 4}"}
        await reporter.send(registry.RegisterPlace, district)
    for name in _SOURCES:
        source = {"id": name, "name": name, "kind": "news_agency", "time_zone": "UTC"}
        await reporter.send(registry.RegisterSource, source)
    for number in range(_REPORTS):
        report = {"id": f"report-{number}", "source": _SOURCES[number % 6], "published_at": _day(number * 6)}
        await reporter.send(registry.FileReport, report)


async def _streams(reporter: Reporter) -> Sequence[Sequence[RecordedEvent]]:
    events = await reporter.log.read(limit=10_000)
    return list((await reporter.log.read_streams(list(dict.fromkeys(event.stream for event in events)))).values())


def _append(events: Sequence[RecordedEvent]) -> Append:
    made = tuple(NewEvent(_IDS.event_id(), event.type, event.schema_version, event.data) for event in events)
    return Append(writes=(StreamWrite(events[0].stream, 0, made),))


def _day(number: int) -> str:
    return f"2020-{1 + number // 31 % 12:02}-{1 + number % 28:02}"


def _occurrence(number: int, chance: Random) -> dict[str, object]:
    """Give the request that reports an occurrence: half of them strikes, the others of four more kinds."""
    day, district = _day(number), chance.choice(_DISTRICTS)
    attacker, target = chance.sample(_PARTIES, 2)
    kinds: Mapping[int, tuple[str, dict[str, object]]] = {
        0: ("explosion", {"device": "mine"}),
        1: ("control_change", {"from": target, "to": attacker, "manner": "capture", "places": [district]}),
        2: ("clash", {}),
        3: ("agreement", {"terms": [{"kind": "transfer", "place": district, "to": attacker, "due": _day(number + 9)}]}),
    }
    kind, details = kinds.get(number % 8, ("strike", {"weapon": chance.choice(("airstrike", "drone", "rocket"))}))
    claims: list[object] = [] if kind in {"control_change", "agreement"} else [_casualties(target, "killed", chance)]
    if kind == "strike":
        claims.append(
            {"kind": "responsibility", "party": attacker, "degree": chance.choice(("attributed", "suspected"))}
        )
    return {
        "kind": kind,
        "occurred": {"start": day},
        "places": [{"place": district, "role": "target" if kind == "strike" else "location"}],
        "parties": [{"party": attacker, "role": "attacker"}, {"party": target, "role": "target"}],
        "details": details,
        "report": f"report-{chance.randrange(_REPORTS)}",
        "quote": "Local officials and residents told of what had happened there in the night and early in the morning.",
        "claims": claims,
    }


def _later(number: int, chance: Random) -> Iterator[tuple[object, dict[str, object]]]:
    """Give what is said afterwards of some occurrences: another voice's count, a citation, a retraction."""
    report = f"report-{chance.randrange(_REPORTS)}"
    if number % 8 > 3 and number % 2:
        yield asked.MakeClaim, {**_casualties("south", "killed", chance), "report": report, "claimant": "source:watch"}
    if number % 3 == 0:
        yield asked.CiteOccurrence, {"report": report}
    if number % 40 == 7:
        yield asked.RetractOccurrence, {"reason": "the source took it back", "published_at": "2021-01-05"}


def _casualties(party: str, effect: str, chance: Random) -> dict[str, object]:
    low = chance.randrange(5)
    count: dict[str, object] = {"low": low, "best": low + 1, "high": low + chance.randrange(1, 9)}
    return {"kind": "casualties", "affected": [party], "status": "combatant", "effect": effect, "count": count}
