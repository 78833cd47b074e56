"""One claimant's word on one occurrence, what of the occurrence a tally goes by, and how tables hold both."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Literal, cast

from msgspec import Struct

from events.values import Count
from events.words import Effect, PlacePrecision, Status
from projections.naming import MARK

Telling = Literal["part", "total", "denial", "assessed"]


class Target(Struct, frozen=True):
    """A place that was struck or where it happened, by its id or the word for its name; None is one not told of."""

    place: str | None
    precision: PlacePrecision


class Occasion(Struct, frozen=True):
    """An occurrence as tallies see it.

    `attackers` are written `degree:party`. `started_at` is its start, else its end; `day` and `last_day` are the
    local days of that and of its end, in `zone`. `came_back`: it tells of people who came back.
    """

    number: int
    id: str
    kind: str
    weapon: str | None
    device: str | None
    attackers: tuple[str, ...]
    targets: tuple[Target, ...]
    started_at: datetime
    zone: str
    day: date
    last_day: date
    dataset: str | None
    came_back: bool = False


class Voice(Struct, frozen=True):
    """A standing claim of casualties, or with `assessed` an analyst's figure, which has no claim if it adopts none.

    `key` tells it from the others on its occurrence and effect: the claim's id, where there is one.
    `publications` are the reports that it was first made in, and those of the claims that it supersedes.
    """

    key: str
    claim: str | None
    claimant: str
    telling: Telling
    affected: tuple[str, ...]
    status: Status
    effect: Effect
    count: Count
    place: str | None
    published_at: datetime
    publications: frozenset[str]
    reports: tuple[str, ...]


OCCASION_COLUMNS = (
    "occurrence",
    "kind",
    "weapon",
    "device",
    "attackers",
    "targets",
    "started_at",
    "zone",
    "day",
    "last_day",
    "dataset",
    "came_back",
)
VOICE_COLUMNS = (
    "voice",
    "claim",
    "claimant",
    "telling",
    "affected",
    "status",
    "effect",
    "low",
    "best",
    "high",
    "open_ended",
    "words",
    "place",
    "published_at",
    "publications",
    "reports",
)


def occasion_values(occasion: Occasion) -> tuple[object, ...]:
    """Give what the OCCASION_COLUMNS hold; lists are joined by spaces, which ids never hold."""
    return (
        occasion.id,
        occasion.kind,
        occasion.weapon,
        occasion.device,
        " ".join(occasion.attackers),
        targets_text(occasion),
        occasion.started_at,
        occasion.zone,
        occasion.day,
        occasion.last_day,
        occasion.dataset,
        occasion.came_back,
    )


def voice_values(voice: Voice) -> tuple[object, ...]:
    """Give what the VOICE_COLUMNS hold."""
    count = voice.count
    return (
        voice.key,
        voice.claim,
        voice.claimant,
        voice.telling,
        voice.affected,
        voice.status,
        voice.effect,
        count.low,
        count.best,
        count.high,
        count.open_ended,
        count.words,
        voice.place,
        voice.published_at,
        tuple(sorted(voice.publications)),
        voice.reports,
    )


def targets_text(occasion: Occasion) -> str:
    """Give the column `targets`: places and precisions by turns, and the mark at the end where a place is a word."""
    text = " ".join([f"{target.place or ''} {target.precision}" for target in occasion.targets])
    return f"{text} {MARK}" if MARK in text else text


@lru_cache(maxsize=8192)
def targets_of(text: str) -> tuple[Target, ...]:
    """Read the column `targets`."""
    words = text.removesuffix(f" {MARK}").split(" ") if text else []
    return tuple(
        Target(place or None, cast("PlacePrecision", precision))
        for place, precision in zip(words[::2], words[1::2], strict=True)
    )


class OccasionColumns(Struct, frozen=True):
    """The columns of an occurrence in the order of OCCASION_COLUMNS."""

    occurrence: str
    kind: str
    weapon: str | None
    device: str | None
    attackers: str
    targets: str
    started_at: datetime
    zone: str
    day: date
    last_day: date
    dataset: str | None
    came_back: bool

    def occasion(self, number: int) -> Occasion:
        """Give the occurrence that the columns tell of."""
        return Occasion(
            number=number,
            id=self.occurrence,
            kind=self.kind,
            weapon=self.weapon,
            device=self.device,
            attackers=tuple(self.attackers.split()),
            targets=targets_of(self.targets),
            started_at=self.started_at,
            zone=self.zone,
            day=self.day,
            last_day=self.last_day,
            dataset=self.dataset,
            came_back=self.came_back,
        )


class VoiceColumns(Struct, frozen=True):
    """The columns of a voice in the order of VOICE_COLUMNS."""

    key: str
    claim: str | None
    claimant: str
    telling: Telling
    affected: Sequence[str]
    status: Status
    effect: Effect
    low: int | None
    best: int | None
    high: int | None
    open_ended: bool
    words: str | None
    place: str | None
    published_at: datetime
    publications: Sequence[str]
    reports: Sequence[str]

    @property
    def voice(self) -> Voice:
        """The voice that the columns tell of."""
        return Voice(
            key=self.key,
            claim=self.claim,
            claimant=self.claimant,
            telling=self.telling,
            affected=tuple(self.affected),
            status=self.status,
            effect=self.effect,
            count=Count(low=self.low, best=self.best, high=self.high, open_ended=self.open_ended, words=self.words),
            place=self.place,
            published_at=self.published_at,
            publications=frozenset(self.publications),
            reports=tuple(self.reports),
        )
