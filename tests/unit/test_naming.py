"""The words that rows keep for places given by a name which nothing bore."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from events.names import FOLDED_BYTES_MAX, fold
from events.registry import Place
from events.registry_events import PlaceRegistered
from events.values import Name, PlaceAt
from projections.casualties.voices import Occasion, Target, targets_of, targets_text
from projections.naming import Naming, is_word, naming_of, word_of
from projections.registry_view import RegistryView

NAMES = st.text(min_size=1, max_size=80)
SLUGS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
NOW, DAY = datetime(2020, 11, 23, tzinfo=UTC), date(2020, 11, 23)
OCCASION = Occasion(1, "mine", "explosion", None, None, (), (), NOW, "UTC", DAY, DAY, None)


def word(name: str, kind: str | None = None, parent: str | None = None) -> str:
    found = word_of(PlaceAt(name=name, kind=kind, parent=parent))
    assert found is not None
    return found


@given(NAMES, st.none() | SLUGS, st.none() | SLUGS)
def test_a_word_says_what_was_told_holds_no_space_and_sorts_after_every_id(
    name: str, kind: str | None, parent: str | None
) -> None:
    made = word(name, kind, parent)
    assert naming_of(made) == Naming(fold(name), kind, parent)
    assert " " not in made
    assert is_word(made)
    assert made > "z" * 120
    assert word(fold(name) or name, kind, parent) == made


@given(st.lists(st.tuples(NAMES | SLUGS, st.booleans()), max_size=4))
def test_the_column_of_targets_is_read_as_it_was_written(given_by: list[tuple[str, bool]]) -> None:
    places = [word(text) if named else "kalbajar" for text, named in given_by]
    targets = tuple(Target(place, "exact") for place in places)
    text = targets_text(structs.replace(OCCASION, targets=targets))
    assert targets_of(text) == targets
    assert text.endswith(" ~") is any(map(is_word, places))


def test_a_name_that_no_place_may_bear_has_a_short_word_of_its_own() -> None:
    long, other = "ケ" * 400, "ケ" * 401
    assert len(word(long).encode()) < FOLDED_BYTES_MAX
    assert word(long) != word(other)


def test_letters_of_two_scripts_that_look_alike_stay_apart() -> None:
    assert word("Сара") != word("Capa")
    assert word("كلبجر") != word("کلبجر"), "Arabic kaf and Persian keheh"
    assert word("Al-Hasakah") == word("al hasakah") == word("AL‐HASAKAH")


def test_a_view_that_grew_from_another_knows_the_names_of_both() -> None:
    first = RegistryView(1, {"one": place("one", "Sugovushan")}, {}, {})
    assert first.meant(word("Magadiz")) is None
    changed = {"one": place("one", "Sugovushan", "Magadiz"), "two": place("two", "Talish")}
    grown = RegistryView(3, changed, {}, {})
    grown.add_names(first, changed)
    assert [grown.meant(word(name)) for name in ("magadiz", "SUGOVUSHAN", "Talish")] == ["one", "one", "two"]
    assert first.meant(word("magadiz")) is None
    # A name that is nothing but signs is compared with none.
    assert RegistryView(1, {"one": place("one", "-")}, {}, {}).meant(word("—")) is None


def place(place_id: str, *names: str) -> Place:
    further = tuple(Name(name=one) for one in names[1:])
    return Place(place_id, 1, 1, PlaceRegistered(name=names[0], kind="village", time_zone="UTC", names=further))
