"""Histories of many streams, made by chance from a seed: late, retracted, merged, retold, superseded."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from msgspec import structs

from events import occurrence_events as o
from events import registry_events as r
from events.claims import CasualtiesClaim, ControlClaim, DisputeClaim, ResponsibilityClaim
from events.codec import Event, new_event
from events.details import Agreement, ControlChange, Details, Displacement, Explosion, Strike, TransferTerm
from events.log import Append, EventLog, PlaceName, RecordedEvent, RequestKey, StreamWrite, leaf_hash
from events.names import fold
from events.values import Citation, Count, Instant, Name, Occurred, PartyIn, PlaceAt, Request, interval

PARTIES = ("israel", "syria", "azerbaijan", "armenian-forces")
PLACES = ("syria", "damascus", "kalbajar", "lachin")
SOURCES = ("sana", "sohr")

_START = datetime(2020, 11, 1, tzinfo=UTC)


class Chance:
    """Says one thing after the other, each possible after what was said before; the same seed says the same."""

    def __init__(self, seed: int, streams: int = 6) -> None:
        """Begin with nothing said; `streams` is about how many occurrences there are at a time."""
        self._random = Random(seed)
        self._streams = streams
        self._versions: dict[str, int] = {}
        self._claims: dict[str, list[str]] = {}
        self._transfers: dict[str, list[str]] = {}
        self._reports = 0
        self._waiting = self._registrations()

    def say(self, count: int) -> list[tuple[str, int, Event]]:
        """Give the next things said: stream, the version they make it, and the event."""
        said: list[tuple[str, int, Event]] = []
        for _ in range(count):
            stream, event = self._waiting.pop(0) if self._waiting else self._anything()
            self._versions[stream] = self._versions.get(stream, 0) + 1
            said.append((stream, self._versions[stream], event))
        return said

    def _registrations(self) -> list[tuple[str, Event]]:
        return [
            *((f"party-{one}", r.PartyRegistered(name=one, kind="state")) for one in PARTIES),
            *((f"place-{one}", r.PlaceRegistered(name=one, kind="district", time_zone="Asia/Baku")) for one in PLACES),
            *((f"source-{one}", r.SourceRegistered(name=one, kind="monitor")) for one in SOURCES),
        ]

    def _anything(self) -> tuple[str, Event]:
        occurrences = [stream for stream in self._versions if stream.startswith("occurrence-")]
        if not occurrences or self._random.random() < self._streams / (self._streams + len(occurrences)) / 2:
            return self._report()
        if self._random.random() < 0.1:
            return self._registered()
        stream = self._random.choice(occurrences)
        return stream, self._further(stream.removeprefix("occurrence-"))

    def _registered(self) -> tuple[str, Event]:
        name = Name(name=f"name {self._random.randrange(30)}")
        place = self._random.choice(PLACES)
        self._reports += 1
        filed = r.ReportFiled(source=self._random.choice(SOURCES), published="2020-11-05", published_at=self._moment())
        return self._random.choice(
            [(f"place-{place}", r.PlaceAmended(names=(name,))), (f"report-r{self._reports}", filed)]
        )

    def _report(self) -> tuple[str, Event]:
        occurrence = f"o{len(self._claims)}"
        self._claims[occurrence] = []
        self._transfers[occurrence] = []
        return f"occurrence-{occurrence}", o.OccurrenceReported(
            details=self._details(occurrence),
            occurred=interval(Occurred(start=f"2020-11-{self._random.randrange(1, 29):02}"), "Asia/Baku"),
            places=(
                PlaceAt(place=self._random.choice(PLACES), role=self._random.choice(("target", "location"))),
                PlaceAt(name="Magadiz"),
            ),
            parties=(PartyIn(party=self._random.choice(PARTIES), role="attacker"),),
            claimant=f"source:{self._random.choice(SOURCES)}",
            citation=self._citation(),
        )

    def _details(self, occurrence: str) -> Details:
        first, second = self._random.sample(PARTIES, 2)
        place = self._random.choice(PLACES)
        transfer = f"{occurrence}.transfer"
        kinds: list[Details] = [
            Strike(weapon="drone"),
            Explosion(device="mine"),
            ControlChange(from_party=first, to_party=second, manner="handover", places=(place,)),
            Displacement(),
            Agreement(terms=(TransferTerm(id=transfer, places=(place,), from_party=first, to_party=second),)),
        ]
        details = self._random.choice(kinds)
        if isinstance(details, Agreement):
            self._transfers[occurrence].append(transfer)
        return details

    def _further(self, occurrence: str) -> Event:
        options: list[Event] = [
            o.OccurrenceCited(citation=self._citation()),
            o.OccurrenceRetracted(reason="an error", published_at=self._moment()),
            o.OccurrenceReinstated(reason="no error"),
            o.OccurrenceMerged(into="o0", reason="the same"),
            o.OccurrenceUnmerged(reason="not the same"),
            o.OccurrenceAmended(
                changes=o.Changes(places=(PlaceAt(place=self._random.choice(PLACES), role="target"),)),
                reason="elsewhere",
                published_at=self._moment(),
            ),
        ]
        claims = self._claims[occurrence]
        if claims:
            options += self._of_claim(self._random.choice(claims), self._random.choice(claims))
        for transfer in self._transfers[occurrence]:
            due = self._moment().date()
            options.append(o.TransferRescheduled(transfer=transfer, due=due, citation=self._citation()))
            options.append(o.TransferCancelled(transfer=transfer, reason="war", published_at=self._moment()))
        if self._random.random() < 0.4:
            return self._claim(occurrence)
        return self._random.choice(options)

    def _of_claim(self, claim: str, other: str) -> list[Event]:
        return [
            o.ClaimCited(claim=claim, citation=self._citation()),
            o.ClaimWithdrawn(claim=claim, reason="an error", published_at=self._moment()),
            o.ClaimSuperseded(claim=claim, by=other, published_at=self._moment()),
            o.OccurrenceAssessed(assessor="analyst", reason="best source", adopts=claim, effect="killed"),
        ]

    def _claim(self, occurrence: str) -> Event:
        claim = f"{occurrence}.c{len(self._claims[occurrence])}"
        self._claims[occurrence].append(claim)
        party = self._random.choice(PARTIES)
        low = self._random.randrange(5)
        content = self._random.choice(
            [
                CasualtiesClaim(affected=(party,), effect="killed", count=Count(low=low, open_ended=low > 3)),
                CasualtiesClaim(scope="denial", effect="killed", count=Count(low=0, best=0, high=0)),
                ResponsibilityClaim(party=party, degree="acknowledged"),
                ControlClaim(place=self._random.choice(PLACES), party=party, from_="2020-11-10"),
                DisputeClaim(words="not so"),
            ]
        )
        valid = interval(Occurred(start="2020-11-10"), "Asia/Baku") if isinstance(content, ControlClaim) else None
        return o.ClaimMade(
            claim=claim,
            content=content,
            claimant=f"source:{self._random.choice(SOURCES)}",
            citation=self._citation(),
            valid=valid,
        )

    def _citation(self) -> Citation:
        return Citation(report=f"r{self._random.randrange(20)}", published_at=self._moment())

    def _moment(self) -> Instant:
        return _START + timedelta(days=self._random.randrange(30))


def together(said: Sequence[tuple[str, int, Event]], chance: Random) -> list[list[tuple[str, int, Event]]]:
    """Give what was said as requests of one event or several, each stream's events side by side in a request."""
    requests: list[list[tuple[str, int, Event]]] = []
    left = list(said)
    while left:
        size = min(len(left), chance.choice((1, 1, 2, 3, 7)))
        some, left = left[:size], left[size:]
        streams = [stream for stream, _, _ in some]
        (stream, version, first), *others = sorted(some, key=lambda one: streams.index(one[0]))
        first = structs.replace(first, request=Request(sha256="0" * 64, by="tests", events=size))
        requests.append([(stream, version, first), *others])
    return requests


def recorded(said: Sequence[tuple[str, int, Event]]) -> list[RecordedEvent]:
    """Give what was said as a log would hold it, from position 1 on."""
    held: list[RecordedEvent] = []
    for position, (stream, version, event) in enumerate(said, 1):
        new = new_event(event, UUID(int=position))
        at = _START + timedelta(seconds=position)
        leaf = leaf_hash(stream, version, at, new)
        held.append(
            RecordedEvent(position, stream, version, new.event_id, new.type, new.schema_version, new.data, at, leaf)
        )
    return held


async def append(log: EventLog, said: Sequence[tuple[str, int, Event]], ids: Random) -> None:
    """Append what was said, each thing as a request of its own."""
    await append_requests(log, [[one] for one in said], ids)


async def append_requests(log: EventLog, requests: Sequence[Sequence[tuple[str, int, Event]]], ids: Random) -> None:
    """Append requests in which each stream's events stand side by side."""
    for request in requests:
        writes: dict[str, StreamWrite] = {}
        for stream, version, event in request:
            new = new_event(event, UUID(int=ids.getrandbits(128), version=4))
            before = writes.get(stream, StreamWrite(stream, version - 1, ()))
            writes[stream] = structs.replace(before, events=(*before.events, new))
        keys = tuple(key for _, _, event in request for key in _keys(event))
        names = tuple(name for stream, _, event in request for name in _names(stream, event))
        await log.append(Append(writes=tuple(writes.values()), keys=keys, names=names))


def _keys(event: Event) -> list[RequestKey]:
    sent = event.request
    return [] if sent is None else [RequestKey(key, bytes.fromhex(sent.sha256)) for key in sent.keys]


def _names(stream: str, event: Event) -> list[PlaceName]:
    if not isinstance(event, r.PlaceRegistered | r.PlaceAmended):
        return []
    given = [event.name or "", *(name.name for name in event.names or ())]
    return [PlaceName(fold(name), stream.removeprefix("place-")) for name in given if name]
