"""Requests of every sort for tests of recording: some stand on each other, some are repeated, some are refused."""

from collections.abc import Mapping
from typing import cast
from uuid import UUID, uuid4

import msgspec
from msgspec import structs

from events import registry_requests as registry
from events import requests as asked
from events import restriction_requests as kept
from events.addressing import request_hash
from events.command import Command, RequestBody
from events.log import EventLog
from events.recorder import Recorder
from services.demo.commands import commands as demo_commands
from services.demo.order import shape_of
from tests.reporter import AGREEMENT, ENTRY, EXPLOSION, Reporter

FIGURE: Mapping[str, object] = {
    "kind": "casualties", "effect": "killed", "count": {"best": 1}, "claimant": "source:m", "report": "rr",
}  # fmt: skip


class SameIds:
    """Fresh event ids, and the same suffix always: what is named alike is taken alike."""

    def event_id(self) -> UUID:
        return uuid4()

    def suffix(self) -> str:
        return "s"


def command(kind: object, body: Mapping[str, object], subject: str | None = None, *, key: str | None = None) -> Command:
    request: RequestBody = msgspec.convert(body, cast("type[RequestBody]", kind))
    sent = request_hash("POST", f"/{subject}", msgspec.json.encode(body, order="deterministic"))
    return Command(body=request, subject=subject, sha256=sent, by="tester", idempotency_key=key)


def occurrence(body: Mapping[str, object], **changed: object) -> Command:
    return command(asked.OccurrenceRequest, {**body, **changed})


async def registered_november(log: EventLog) -> None:
    reporter = Reporter()
    reporter.recorder = Recorder(log, SameIds())
    await reporter.register_november()


def explosions(count: int) -> list[Command]:
    return [
        occurrence(EXPLOSION, id=f"x{n}", external_id={"dataset": "d", "id": str(n), "release": "1"})
        for n in range(count)
    ]


def everything_said() -> list[Command]:
    """Give the demo's requests, and some that are refused, repeated or stand on each other."""
    return [*_demo(), *_of_registries(), *_of_occurrences(), *_of_claims(), *_of_what_became_of_them()]


def _demo() -> list[Command]:
    found: list[Command] = []
    for one in demo_commands():
        shape = shape_of(one)
        sent = request_hash(one.method, one.path, msgspec.json.encode(one.body, order="deterministic"))
        subject = shape.about.id if shape.about else None
        found.append(Command(body=shape.body, subject=subject, sha256=sent, by="demo", idempotency_key=one.key))
    return found


def _of_registries() -> list[Command]:
    return [
        command(registry.RegisterParty, {"id": "a", "name": "A", "kind": "state_force"}),
        command(registry.RegisterParty, {"name": "Kürt güçleri", "kind": "armed_group"}),
        command(registry.RegisterParty, {"name": "Kürt güçleri", "kind": "state_force"}),
        command(registry.AmendParty, {"member_of": "a"}, "a"),
        command(registry.RegisterPlace, {"id": "p", "name": "Somewhere", "kind": "district"}),
        command(registry.RegisterPlace, {"id": "q", "name": "Elsewhere", "kind": "village", "parent": "p"}),
        command(registry.AmendPlace, {"names": [{"name": "Nowhere"}]}, "q"),
        command(registry.AmendPlace, {"parent": "q"}, "p"),
        command(registry.RegisterSource, {"id": "m", "name": "M", "kind": "official", "time_zone": "Asia/Baku"}),
        command(registry.FileReport, {"id": "rr", "source": "m", "published_at": "2020-11-25"}),
        command(registry.FileReport, {"source": "m", "published_at": "2020-11-26"}, key="report"),
    ]


def _of_occurrences() -> list[Command]:
    return [
        occurrence(ENTRY, id="e", report="rr", places=[{"name": "nowhere"}], details={"to": "a", "manner": "entry"}),
        occurrence(ENTRY, id="e", report="rr", places=[{"name": "p"}], details={"to": "a", "manner": "entry"}),
        occurrence(EXPLOSION, id="x", report="rr", places=[{"place": "q"}]),
        occurrence(EXPLOSION, id="x", report="rr", places=[{"place": "q"}]),
        occurrence(EXPLOSION, id="y", report="rr", places=[{"place": "no"}], parties=[{"party": "b", "role": "to"}]),
        occurrence(EXPLOSION, id="z", report="rr", places=[], external_id={"dataset": "d", "id": "1", "release": "1"}),
        occurrence(EXPLOSION, id="z2", report="rr", places=[], external_id={"dataset": "d", "id": "1", "release": "1"}),
        occurrence(EXPLOSION, id="z", report="rr", places=[], external_id={"dataset": "d", "id": "1", "release": "2"}),
    ]


def _of_claims() -> list[Command]:
    return [
        command(asked.MakeClaim, {**FIGURE, "id": "c1"}, "x"),
        command(asked.MakeClaim, {**FIGURE, "id": "c1", "effect": "wounded"}, "x"),
        command(asked.MakeClaim, FIGURE, "x", key="claim"),
        command(asked.MakeClaim, FIGURE, "x", key="claim"),
        command(asked.MakeClaim, {**FIGURE, "effect": "missing"}, "x", key="claim"),
        command(asked.SupersedeClaim, {"by": {**FIGURE, "id": "c2", "count": {"best": 2}}}, "x.c1"),
        command(asked.SupersedeClaim, {"by": "x.c2"}, "x.c1"),
        command(asked.WithdrawClaim, {"reason": "no"}, "x.c2"),
        command(asked.CiteClaim, {"report": "rr"}, "x.c2"),
    ]


def _of_what_became_of_them() -> list[Command]:
    return [
        command(asked.RetractOccurrence, {"reason": "no"}, "x"),
        command(asked.RetractOccurrence, {"reason": "no"}, "x"),
        command(asked.ReinstateOccurrence, {"reason": "yes"}, "x"),
        command(asked.MergeOccurrence, {"into": "e", "reason": "same"}, "x"),
        command(asked.MergeOccurrence, {"into": "x", "reason": "same"}, "e"),
        command(asked.UnmergeOccurrence, {"reason": "not so"}, "x"),
        command(kept.RestrictOccurrence, {"reason": "why", "until": "2099-01-02"}, "x"),
        command(kept.RestrictOccurrence, {"reason": "why", "until": "2099-01-01"}, "x"),
        command(kept.RestrictOccurrence, {"reason": "why"}, "x"),
        command(kept.ReleaseOccurrence, {"reason": "why"}, "x"),
        command(kept.ReleaseOccurrence, {"reason": "why"}, "x"),
        command(kept.RestrictPlace, {"reason": "why"}, "p"),
        command(kept.ReleasePlace, {"reason": "why"}, "p"),
        command(asked.RetractOccurrence, {"reason": "no"}, "none"),
        structs.replace(command(asked.CiteOccurrence, {"report": "rr"}, "x"), if_match=3),
        structs.replace(command(asked.CiteOccurrence, {"report": "rr"}, "e"), if_match=2),
        occurrence(AGREEMENT, id="g", report="rr", details={
            "ceasefire": True, "terms": [{"kind": "transfer", "id": "t", "place": "p", "to": "a", "due": "2020-11-15"}],
        }),
        command(asked.EffectTransfer, {"occurrence": "e"}, "g.t"),
        command(asked.EffectTransfer, {"occurrence": "e"}, "g.t"),
        command(asked.CancelTransfer, {"reason": "off"}, "g.t"),
        command(asked.EffectTransfer, {"occurrence": "x"}, "g.t"),
    ]  # fmt: skip
