"""What a brief is: sections of sentences, each with its links."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from projections.clocks import Answered

Language = Literal["en", "ja", "ru"]
Topic = Literal[
    "control", "strikes", "casualties", "hazards", "displacement", "events", "allegations", "assessments",
    "retractions", "coverage",
]  # fmt: skip
Relation = Literal["occurrence", "claim", "report", "transfer", "evidence", "more"]


class Link(Struct, frozen=True, kw_only=True):
    """Where a sentence's words stand; `url` is a publication's own address."""

    rel: Relation
    href: str
    title: str
    url: str | None = None


class Sentence(Struct, frozen=True, kw_only=True):
    """What is said, in the brief's language, and what it rests on."""

    text: str
    links: tuple[Link, ...] = ()


class Section(Struct, frozen=True, kw_only=True):
    """One topic; `note` says what holds of all its sentences."""

    topic: Topic
    title: str
    note: str | None
    sentences: tuple[Sentence, ...]


class Brief(Answered, kw_only=True, rename={"from_": "from"}):
    """The situation of a period, both days inside, at its end or at `as_of`, whichever is earlier.

    Allegations and assessments stand in sections of their own and are counted nowhere.
    """

    from_: date
    to: date
    language: Annotated[Language, Meta(description="The language of all texts; names are given in it where known.")]
    title: str
    basis: str
    sections: tuple[Section, ...]
