"""Recording a request: known again, decided on what the log holds, appended all or none."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct, structs

from events import requests as asked
from events.addressing import candidates, category_of, external_id_of, external_key, keys_of, release_key, result_of
from events.codec import decode, new_event, tag_of
from events.command import Command, decide
from events.decide_release import is_older, is_superseded, stands_so, supersede_release
from events.decide_transfer import transfer_ids
from events.decision import Decision, Facts, Write, refuse
from events.facts import FactReader, Folded
from events.log import (
    Append,
    Appended,
    EventLog,
    KeyTakenError,
    KnownRequest,
    RequestKey,
    StaleStreamError,
    StreamWrite,
)
from events.references import Reference
from events.refusals import (
    ExternalIdTakenError,
    Fault,
    IdTakenError,
    KeyReusedError,
    UnknownError,
    VersionMismatchError,
)
from events.values import ExternalId, Request

_ATTEMPTS = 4


class Ids(Protocol):
    """Where fresh ids come from."""

    def event_id(self) -> UUID:
        """Give a UUID of version 7, which keeps an index in order."""
        ...

    def suffix(self) -> str:
        """Give a short text of lower-case letters and digits that was not given before."""
        ...


class Placed(Struct, frozen=True):
    """An event of a request: where it stands in the log, and what it is called."""

    position: int
    type: str


class Receipt(Struct, frozen=True):
    """What a request came to: the id of what it made or changed, its stream and version, and its last position.

    `repeated`: the same request was made before, and this is what it came to then.
    """

    id: str
    stream: str
    version: int
    position: int
    events: tuple[Placed, ...]
    repeated: bool = False


class Recorder:
    """Takes requests into a log. Safe to call from many tasks at once."""

    def __init__(self, log: EventLog, ids: Ids, folded: Folded | None = None) -> None:
        """Record into this log, with fresh ids from there; for `folded` see events.facts.FactReader."""
        self._log = log
        self._ids = ids
        self._facts = FactReader(log, folded)

    async def record(self, command: Command) -> Receipt:
        """Record a request and say what it came to; the same request again is answered as the first time.

        A decision made on what has changed meanwhile is made anew, three times.
        Raises a RefusalError, or the LogError that the append ended in.
        """
        keys = keys_of(command)
        if keys and (known := await self._known(command, keys)) is not None:
            return known
        attempt = 1
        while True:
            try:
                return await self._attempt(command, keys)
            except StaleStreamError:
                if attempt == _ATTEMPTS:
                    raise
                attempt += 1
            except KeyTakenError as error:
                raise _key_error(command, error.key) from error

    async def _known(self, command: Command, keys: tuple[RequestKey, ...]) -> Receipt | None:
        """Find the request that was made under one of the keys; another request under it is refused.

        An external id is known by its release, where the request names one; under another release it is superseded.
        """
        taken = await self._log.known_requests([key.key for key in keys])
        external = external_id_of(command)
        for key in keys:
            before = taken.get(key.key)
            if before is None:
                continue
            if external is not None and external.release is not None and key.key == external_key(external):
                if release_key(external) not in taken:
                    return await self._newer(command, external, before)
                continue
            if before.request_sha256 != key.request_sha256:
                raise _key_error(command, key.key)
            return await self._receipt(before.first_position, before.last_position)
        return None

    async def _newer(self, command: Command, external: ExternalId, before: KnownRequest) -> Receipt:
        """Take in what a release says of that which another release of its dataset told of before.

        Nothing is appended where it says the same as the last one; an older release is refused.
        """
        [event] = await self._log.read(after=before.first_position - 1, limit=1)
        subject = event.stream.partition("-")[2]
        keys = tuple(key for key in keys_of(command) if not key.key.startswith("external:"))
        for attempt in range(1, _ATTEMPTS + 1):
            facts = await self._facts.read(command, event.stream, (), self._ids.suffix())
            occurrence = facts.occurrence(subject)
            if stands_so(occurrence, command.sha256):
                return await self._receipt(before.first_position, before.last_position)
            if not isinstance(command.body, asked.OccurrenceBody) or is_older(command.body, occurrence):
                raise ExternalIdTakenError(
                    external.dataset, external.id, superseded=is_superseded(external.release, occurrence)
                )
            refuse(_unknown(command, subject, facts))
            try:
                return await self._append(command, supersede_release(command.body, subject, facts), keys)
            except StaleStreamError:
                if attempt == _ATTEMPTS:
                    raise
        raise _key_error(command, "external:")

    async def _attempt(self, command: Command, keys: tuple[RequestKey, ...]) -> Receipt:
        suffix = self._ids.suffix()
        names = candidates(command.body, suffix)
        category = category_of(command.body)
        subject = None if command.subject is None else f"{category}-{command.subject.partition('.')[0]}"
        facts = await self._facts.read(command, subject, [f"{category}-{name}" for name in names], suffix)
        if names:
            new_id, before = await self._free(command, category, names, facts)
            if before is not None:
                return before
        else:
            new_id = ""
            if (before := await self._same_claim(command, facts)) is not None:
                return before
        _check_subject(command, subject, facts)
        refuse(_unknown(command, new_id, facts))
        decision = decide(command, new_id, facts)
        return await self._append(command, decision, keys)

    async def _free(
        self, command: Command, category: str, names: Sequence[str], facts: Facts
    ) -> tuple[str, Receipt | None]:
        """Find an id that is free, or the receipt of the same request made before under one that is not."""
        for name in names:
            if not facts.versions.get(f"{category}-{name}"):
                return name, None
            stream = (await self._log.read_streams([f"{category}-{name}"]))[f"{category}-{name}"]
            request = decode(stream[0]).request
            if request is not None and request.sha256 == command.sha256:
                first = stream[0].position
                return name, await self._receipt(first, first + request.events - 1)
        raise IdTakenError(category, names[0])

    async def _same_claim(self, command: Command, facts: Facts) -> Receipt | None:
        """Find the same claim under the id that the request gives; another one under it is refused."""
        body = command.body
        if not isinstance(body, asked.ClaimBody) or body.id is None or command.subject is None:
            return None
        name = body.id if "." in body.id else f"{command.subject}.{body.id}"
        occurrence = facts.occurrences.get(command.subject)
        seen = f"occurrence-{command.subject}" not in facts.hidden
        claim = occurrence.claims.get(name) if occurrence and seen else None
        if claim is None:
            return None
        if claim.request_sha256 != command.sha256:
            raise IdTakenError("claim", name)
        return await self._receipt(claim.number, claim.number)

    async def _append(self, command: Command, decision: Decision, keys: tuple[RequestKey, ...]) -> Receipt:
        appended = await self._log.append(append_of(command, decision, keys, self._ids))
        if appended.repeated:
            return await self._receipt(appended.first_position, appended.last_position)
        return _fresh_receipt(decision.writes[0], appended)

    async def _receipt(self, first: int, last: int) -> Receipt:
        """Give the receipt of a request made before, from its events in the log."""
        events = await self._log.read(after=first - 1, limit=last - first + 1)
        return Receipt(
            id=result_of(events[0].stream, events[0].version, [decode(event) for event in events]),
            stream=events[0].stream,
            version=max(event.version for event in events if event.stream == events[0].stream),
            position=last,
            events=tuple(Placed(event.position, event.type) for event in events if event.stream == events[0].stream),
            repeated=True,
        )


def append_of(command: Command, decision: Decision, keys: tuple[RequestKey, ...], ids: Ids) -> Append:
    """Give what a decision appends: its events with their ids, the first of them telling of the request."""
    count = sum(len(write.events) for write in decision.writes)
    request = Request(sha256=command.sha256, by=command.by, keys=tuple(key.key for key in keys), events=count)
    first, *others = decision.writes
    signed = structs.replace(first, events=(structs.replace(first.events[0], request=request), *first.events[1:]))
    writes = tuple(
        StreamWrite(
            write.stream,
            write.expected,
            tuple(new_event(event, ids.event_id()) for event in write.events),
        )
        for write in (signed, *others)
    )
    return Append(writes=writes, expects=decision.expects, keys=keys, names=decision.names)


def _fresh_receipt(write: Write, appended: Appended) -> Receipt:
    return Receipt(
        id=result_of(write.stream, write.expected + 1, write.events),
        stream=write.stream,
        version=write.expected + len(write.events),
        position=appended.last_position,
        events=tuple(
            Placed(position, tag_of(event)) for position, event in enumerate(write.events, appended.first_position)
        ),
    )


def _key_error(command: Command, key: str) -> KeyReusedError | ExternalIdTakenError:
    external = external_id_of(command)
    if external is not None and key.startswith(("external:", "release:")):
        return ExternalIdTakenError(external.dataset, external.id)
    return KeyReusedError()


def _check_subject(command: Command, stream: str | None, facts: Facts) -> None:
    """Raise UnknownError for a subject that is not there, VersionMismatchError for one at another version."""
    if stream is None:
        return
    category, _, name = stream.partition("-")
    actual = facts.versions[stream]
    if actual == 0 or stream in facts.hidden:
        raise UnknownError(category, name)
    if command.if_match is not None and command.if_match != actual:
        raise VersionMismatchError(stream, command.if_match, actual)


def _unknown(command: Command, new_id: str, facts: Facts) -> list[Fault]:
    """Find every reference to what is not there, each with the known names nearest to it."""
    faults: list[Fault] = []
    for ref in command.references:
        if _is_there(ref, new_id, facts):
            continue
        near = facts.nearest.get(ref, ())
        hint = f"; the nearest known: {', '.join(near)}" if near else ""
        faults.append(Fault(ref.pointer, f"there is no {ref.category} {ref.id!r}{hint}"))
    return faults


def _is_there(ref: Reference, new_id: str, facts: Facts) -> bool:
    occurrence = ref.id.partition(".")[0]
    if ref.stream in facts.hidden:
        return False
    match ref.category:
        case "claim":
            # A claim that comes with the same request is looked for when the request is decided.
            return occurrence == new_id or (
                occurrence in facts.occurrences and ref.id in facts.occurrences[occurrence].claims
            )
        case "transfer":
            known = facts.occurrences.get(occurrence)
            return known is not None and ref.id in transfer_ids(known)
        case _:
            return bool(facts.versions.get(ref.stream))
