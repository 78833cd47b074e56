"""The ids that a request refers to, found by their types."""

from functools import cache
from types import UnionType
from typing import Annotated, Union, cast, get_args, get_origin, get_type_hints

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


def references(value: object, pointer: str = "") -> list[Reference]:
    """Give every reference in a request or a part of one."""
    found: list[Reference] = []
    if isinstance(value, Struct):
        _collect(value, pointer, found)
    return found


def _collect(value: Struct, pointer: str, found: list[Reference]) -> None:
    for name, member, category in _members(type(value)):
        held = getattr(value, name)
        if held is None or held == ():
            continue
        if category is not None and isinstance(held, str):
            found.append(Reference(f"{pointer}/{member}", category, held))
        elif isinstance(held, Struct):
            _collect(held, f"{pointer}/{member}", found)
        elif isinstance(held, tuple):
            _collect_each(cast("tuple[object, ...]", held), f"{pointer}/{member}", category, found)


def _collect_each(items: tuple[object, ...], pointer: str, category: str | None, found: list[Reference]) -> None:
    for number, item in enumerate(items):
        if category is not None and isinstance(item, str):
            found.append(Reference(f"{pointer}/{number}", category, item))
        elif isinstance(item, Struct):
            _collect(item, f"{pointer}/{number}", found)
        elif isinstance(item, tuple):
            _collect_each(cast("tuple[object, ...]", item), f"{pointer}/{number}", category, found)


@cache
def _members(kind: type[Struct]) -> tuple[tuple[str, str, str | None], ...]:
    """Give the members in which references can stand: most of a request is plain text and numbers."""
    hints = get_type_hints(kind, include_extras=True)
    found = ((field.name, field.encode_name, hints[field.name]) for field in structs.fields(kind))
    return tuple(
        (name, member, _category(hint)) for name, member, hint in found if _category(hint) or _holds_more(hint)
    )


def _holds_more(hint: object) -> bool:
    """Tell whether a value of this type has, or is made of, parts with members of their own."""
    if get_origin(hint) is Annotated:
        return _holds_more(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType, tuple}:
        return any(map(_holds_more, get_args(hint)))
    return isinstance(hint, type) and issubclass(hint, Struct)


def _category(hint: object) -> str | None:
    if get_origin(hint) is Annotated:
        extras = [meta.extra["refers_to"] for meta in get_args(hint)[1:] if isinstance(meta, Meta) and meta.extra]
        return extras[0] if extras else _category(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType, tuple}:
        return next((found for part in get_args(hint) if (found := _category(part)) is not None), None)
    return None
