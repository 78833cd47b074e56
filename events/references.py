"""The ids that a request refers to, found by their types."""

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Union, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct, structs


class Reference(Struct, frozen=True):
    """An id in a request: where it stands (a JSON pointer, RFC 6901), what it names, and the id."""

    pointer: str
    category: str
    id: str

    @property
    def stream(self) -> str:
        """The stream that is there if what is referred to is; a claim and a transfer live on their occurrence's."""
        match self.category:
            case "claim" | "transfer":
                return f"occurrence-{self.id.partition('.')[0]}"
            case "claimant":
                category, _, name = self.id.partition(":")
                return f"{category}-{name}"
            case category:
                return f"{category}-{self.id}"


def references(value: object, pointer: str = "") -> Iterator[Reference]:
    """Give every reference in a request or a part of one."""
    if isinstance(value, Struct):
        for name, member, category in _members(type(value)):
            held = getattr(value, name)
            if held is not None and held != ():
                yield from _held(held, f"{pointer}/{member}", category)


def _held(held: object, pointer: str, category: str | None) -> Iterator[Reference]:
    if isinstance(held, tuple):
        for number, item in enumerate(held):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            yield from _held(item, f"{pointer}/{number}", category)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(held, Struct):
        yield from references(held, pointer)
    elif category is not None and isinstance(held, str):
        yield Reference(pointer, category, held)


@cache
def _members(kind: type[Struct]) -> tuple[tuple[str, str, str | None], ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple((field.name, field.encode_name, _category(hints[field.name])) for field in structs.fields(kind))


def _category(hint: object) -> str | None:
    if get_origin(hint) is Annotated:
        extras = [meta.extra["refers_to"] for meta in get_args(hint)[1:] if isinstance(meta, Meta) and meta.extra]
        return extras[0] if extras else _category(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType, tuple}:
        return next((found for part in get_args(hint) if (found := _category(part)) is not None), None)
    return None
