"""Which known place a dataset means: by codes, by what it is called, what it is, and where."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from events.names import fold
from events.values import Name
from services.imports.countries import code_of_country, names_of_country
from services.imports.nearness import SAME_PLACE_KM, SAME_SPOT_KM, apart_km
from services.imports.wanted import KnownPlace, WantedPlace

_SETTLEMENTS = frozenset({"city", "town", "village", "neighbourhood", "other"})
_ISO = "iso_3166_1"
_SHARED: Mapping[str, AbstractSet[str]] = {
    "BG": frozenset({"sofia", "sofiya"}), "BY": frozenset({"minsk"}), "KG": frozenset({"osh"}),
    "KZ": frozenset({"almaty"}), "RU": frozenset({"moscow", "moskva"}), "UA": frozenset({"kyiv", "kiev", "kyyiv"}),
    "UZ": frozenset({"tashkent", "toshkent"}),
}  # fmt: skip
"""Names that one publisher gives to a city and another to the province around it, each a province by itself."""


def country_of(place: WantedPlace) -> str | None:
    """Give the ISO 3166-1 code of a country, None for what is none or is not known."""
    return code_of_country(place.name, dict(place.codes).get("gwno")) if place.kind == "country" else None


def names_of(place: WantedPlace) -> tuple[str, ...]:
    """Give all that a place is called: a country by everybody who writes its name in a way of their own."""
    code = country_of(place)
    aliases = (one for one in place.aliases if not _is_shared(place, one))
    return (place.name, *aliases, *(() if code is None else names_of_country(code)))


def _is_shared(place: WantedPlace, name: str) -> bool:
    """Tell whether a province and a city in it, which is a province as well, are both called so."""
    if place.kind != "province" or place.parent is None:
        return False
    return fold(name) in _SHARED.get(country_of(place.parent) or "", ())


def further_names(place: WantedPlace, others: Iterable[WantedPlace]) -> tuple[Name, ...]:
    """Give what a place is called beside its name, and what the others that it is written as are called."""
    names = [*(Name(name=other) for other in names_of(place)[1:]), *place.names]
    for other in others:
        names += [*(Name(name=one) for one in names_of(other)), *other.names]
    return tuple({name.name: name for name in names if name.name != place.name}.values())


def called(place: WantedPlace) -> tuple[str, ...]:
    """Give the folded names by which a place is looked up, its own first; none that says nothing, or cannot be kept."""
    folded = (fold(name) for name in names_of(place) if "\0" not in name)
    return tuple(dict.fromkeys(name for name in folded if name))


def codes_of(place: WantedPlace) -> Mapping[str, str]:
    """Give the ids that others give a place; a country is known by ISO's too, so that it can be asked for by that."""
    code = country_of(place)
    return dict(place.codes) if code is None else {_ISO: code, **dict(place.codes)}


def coded(place: WantedPlace, known: KnownPlace) -> bool:
    """Tell whether a known place bears one of a place's codes."""
    return any(known.codes.get(register) == code for register, code in codes_of(place).items())


def coded_apart(place: WantedPlace, codes: Mapping[str, str]) -> bool:
    """Tell whether one who gives codes tells a place from another by them."""
    return any(codes.get(register, code) != code for register, code in codes_of(place).items())


def numbered_apart(place: WantedPlace, other: WantedPlace) -> bool:
    """Tell whether a dataset tells two places of one name apart by number."""
    return place.number != other.number and fold(place.name) == fold(other.name)


def fits(place: WantedPlace, known: KnownPlace, parent: str | None) -> bool:
    """Tell whether a place can be a known one of its name; `parent` is what it lies in, by id."""
    if coded_apart(place, known.codes):
        return False
    if (known.codes or place.codes) and _is_shared(place, place.name):
        return False
    if place.exactly and known.kind != place.kind:
        return False
    is_area = known.kind not in _SETTLEMENTS or (known.kind == "other" and known.outlined)
    if not place.exactly and is_area:
        return False
    if parent is not None and parent not in known.above:
        return False
    return None in (place.point, known.point) or apart_km(place.point, known.point) <= SAME_PLACE_KM


def is_on_the_spot(place: WantedPlace, known: KnownPlace, around: AbstractSet[str]) -> bool:
    """Tell whether two settlements of one name stand on one spot: they are one, whatever kind each dataset gives it.

    `around` is all that the place lies in. One dataset knows the district, another the country alone; what lies in
    nothing that both name, such as another country, is another place.
    """
    if coded_apart(place, known.codes):
        return False
    if place.kind not in _SETTLEMENTS or known.kind not in _SETTLEMENTS:
        return False
    if around and known.above and not around & known.above:
        return False
    return apart_km(place.point, known.point) <= SAME_SPOT_KM
