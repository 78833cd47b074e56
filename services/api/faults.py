"""Everything that is wrong with a value that was to be of a type; msgspec itself stops at the first fault."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeGuard, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct, structs

from events.refusals import Fault
from events.registry_requests import ZoneName
from events.times import parse, zone_named
from events.values import Count, Said

# Types are known by what annotates them, which stays with them where they are annotated further.
_SAID = get_args(Said)[1]
_ZONE_NAME = get_args(ZoneName)[1]


def counts_hold(value: object) -> bool:
    """Tell whether the bounds of every count are in order, in a request or a part of one."""
    if isinstance(value, Count):
        return value.consistent
    if isinstance(value, Struct):
        return all(counts_hold(getattr(value, name)) for name in _counting(type(value)))
    return not isinstance(value, tuple) or all(map(counts_hold, cast("tuple[object, ...]", value)))


@cache
def _counting(kind: type[Struct]) -> tuple[str, ...]:
    """Give the members of a kind that counts may stand in."""
    hints = _hints(kind)
    return tuple(name for name in kind.__struct_fields__ if _may_count(hints[name]))


def _may_count(hint: Any) -> bool:  # noqa: ANN401  any type may be asked for
    for option in options_of(hint):
        if get_origin(option) is tuple:
            if any(part is not Ellipsis and _may_count(part) for part in get_args(option)):
                return True
        elif _is_struct(option) and (option is Count or _counting(option)):
            return True
    return False


def leaf_fault(value: object, hint: Any, *, strict: bool = True) -> str | None:  # noqa: ANN401  any type may be asked for
    """Say what is wrong with a value that has no parts; None when it is of the type."""
    try:
        found = msgspec.convert(value, hint, strict=strict)
        _apply_rule(found, hint)
    except msgspec.ValidationError as error:
        return _plain(str(error), hint)
    except ValueError as error:
        return str(error)
    return None


def faults_of(value: Any, hint: Any, pointer: str = "") -> Iterator[Fault]:  # noqa: ANN401  any JSON, any type
    """Find what is wrong with a decoded JSON value, one fault after the other; nothing when it is of the type."""
    options = options_of(hint)
    if msgspec.Raw in options or (value is None and type(None) in options):
        return
    if isinstance(value, dict) and (kinds := [kind for kind in options if _is_struct(kind)]):
        yield from _object(cast("dict[str, object]", value), kinds, pointer)
    elif isinstance(value, dict) and (mapping := _first(options, Mapping)):
        yield from _mapping(cast("dict[str, object]", value), mapping, pointer)
    elif isinstance(value, list) and (array := _first(options, tuple)):
        yield from _array(cast("list[object]", value), array, hint, pointer)
    elif detail := leaf_fault(cast("object", value), hint):
        yield Fault(pointer, detail)


def _object(value: dict[str, object], kinds: Sequence[type[Struct]], pointer: str) -> Iterator[Fault]:
    tag_field = kinds[0].__struct_config__.tag_field
    kind = kinds[0]
    if tag_field is not None:
        tagged = {candidate.__struct_config__.tag: candidate for candidate in kinds}
        # Where only one kind can stand, msgspec lets the tag be left out.
        tag = value.get(tag_field, kind.__struct_config__.tag if len(kinds) == 1 else None)
        if not isinstance(tag, str) or tag not in tagged:
            what = repr(tag) + " is none of" if tag_field in value else "is needed: one of"
            yield Fault(f"{pointer}/{tag_field}", f"{what} {', '.join(map(str, tagged))}")
            yield from _shared_members(value, kinds, tag_field, pointer)
            return
        kind = tagged[tag]
    sound = True
    for fault in _members(value, kind, tag_field, pointer):
        sound = False
        yield fault
    if sound and (detail := leaf_fault(value, kind)):
        yield Fault(pointer, detail)


def _members(value: dict[str, object], kind: type[Struct], tag_field: str | None, pointer: str) -> Iterator[Fault]:
    fields = {field.encode_name: field for field in structs.fields(kind)}
    hints = _hints(kind)
    for name, member in value.items():
        if name in fields:
            yield from faults_of(member, hints[fields[name].name], f"{pointer}/{escaped(name)}")
        elif name != tag_field:
            yield Fault(f"{pointer}/{escaped(name)}", "is not a member here")
    for name, field in fields.items():
        if field.required and name not in value:
            yield Fault(f"{pointer}/{name}", "is needed")


def _shared_members(
    value: dict[str, object], kinds: Sequence[type[Struct]], tag_field: str, pointer: str
) -> Iterator[Fault]:
    """Find what is wrong with an object whose kind is not known, whichever it was to be."""
    fields = [{field.encode_name: field for field in structs.fields(kind)} for kind in kinds]
    for name, member in value.items():
        hints = [_hints(kind)[of[name].name] for kind, of in zip(kinds, fields, strict=True) if name in of]
        if not hints and name != tag_field:
            yield Fault(f"{pointer}/{escaped(name)}", "is not a member here")
        elif len(hints) == len(kinds) and all(hint == hints[0] for hint in hints):
            yield from faults_of(member, hints[0], f"{pointer}/{escaped(name)}")
    for name in fields[0]:
        if name not in value and all(name in of and of[name].required for of in fields):
            yield Fault(f"{pointer}/{name}", "is needed")


def _mapping(value: dict[str, object], hint: Any, pointer: str) -> Iterator[Fault]:  # noqa: ANN401
    of_key, of_value = get_args(hint)
    for key, item in value.items():
        if detail := leaf_fault(key, of_key):
            yield Fault(f"{pointer}/{escaped(key)}", f"cannot be named so: {detail}")
        yield from faults_of(item, of_value, f"{pointer}/{escaped(key)}")


def _array(value: list[object], array: Any, hint: Any, pointer: str) -> Iterator[Fault]:  # noqa: ANN401
    if leaf_fault(value, hint) is None and not _may_count(hint):
        return
    parts = get_args(array)
    variable = len(parts) == 2 and parts[1] is Ellipsis  # noqa: PLR2004  tuple[T, ...]
    sound = True
    for number, item in enumerate(value):
        part = parts[0] if variable else parts[min(number, len(parts) - 1)]
        for fault in faults_of(item, part, f"{pointer}/{number}"):
            sound = False
            yield fault
    if sound and (detail := leaf_fault(value, hint)):
        yield Fault(pointer, detail)


def _apply_rule(value: object, hint: Any) -> None:  # noqa: ANN401
    """Check what the type alone cannot say: dates, times and zones that exist, and bounds that are in order."""
    if isinstance(value, Count) and not value.consistent:
        raise ValueError("breaks low ≤ best ≤ high")
    for option in _annotated(hint):
        if isinstance(value, str) and _SAID in get_args(option):
            parse(value)
        elif isinstance(value, str) and _ZONE_NAME in get_args(option):
            zone_named(value)


def _annotated(hint: Any) -> Iterator[Any]:  # noqa: ANN401
    if get_origin(hint) is Annotated:
        yield hint
    elif get_origin(hint) in {Union, UnionType}:
        for part in get_args(hint):
            yield from _annotated(part)


def options_of(hint: Any) -> list[Any]:  # noqa: ANN401  any type may be asked for
    """Give the types that a value may have, without what annotates them."""
    if get_origin(hint) is Annotated:
        return options_of(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType}:
        return [option for part in get_args(hint) for option in options_of(part)]
    return [hint]


def _first(options: Sequence[Any], origin: type) -> Any:  # noqa: ANN401
    return next((option for option in options if get_origin(option) is origin), None)


def _is_struct(kind: Any) -> TypeGuard[type[Struct]]:  # noqa: ANN401
    return isinstance(kind, type) and issubclass(kind, Struct)


@cache
def _hints(kind: type[Struct]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _plain(message: str, hint: Any) -> str:  # noqa: ANN401
    """Say it without msgspec's path, and with the words of a list where there is one."""
    message = message.partition(" - at `")[0]
    if message.startswith("Invalid enum value"):
        words = [str(word) for option in options_of(hint) if get_origin(option) is Literal for word in get_args(option)]
        return f"{message.removeprefix('Invalid enum value ')} is none of {', '.join(words)}"
    return message[:1].lower() + message[1:]


def escaped(name: str) -> str:
    """Write a member's name as a part of a JSON pointer (RFC 6901, 3)."""
    return name.replace("~", "~0").replace("/", "~1")
