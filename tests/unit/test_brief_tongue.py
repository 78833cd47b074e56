"""A language says dates, numbers, lists and names as its readers know them."""

import pytest

from events.registry import Party, Place, Source
from events.registry_events import PartyRegistered, PlaceRegistered, SourceRegistered
from events.values import Interval, Name, Occurred, PlaceAt, interval
from events.words import NameKind, PlaceKind, TimePrecision
from projections.registry_view import RegistryView
from services.briefs.answers import Language
from services.briefs.tongue import Tongue, capital

LANGUAGES: tuple[Language, ...] = ("en", "ja", "ru")


def _named(*names: tuple[str, str, NameKind]) -> tuple[Name, ...]:
    return tuple(Name(name=name, language=language, kind=kind) for name, language, kind in names)


def _place(name: str, kind: PlaceKind, called: str, *names: tuple[str, str, NameKind]) -> Place:
    return Place(name, 1, 1, PlaceRegistered(name=called, kind=kind, names=_named(*names), time_zone="Asia/Baku"))


REGISTRY = RegistryView(
    1,
    {
        place.id: place
        for place in (
            _place(
                "kalbajar",
                "district",
                "Kalbajar",
                ("Кельбаджар", "ru", "alternative"),
                ("Кельбаджарский район", "ru", "official"),
                ("カラバクル", "ja", "misspelling"),
                ("キャルバジャル", "ja", "alternative"),
            ),
            _place("kalbajar-town", "town", "Kalbajar", ("Кельбаджар", "ru", "alternative")),
            _place("lachin", "district", "Lachin"),
            _place("idlib", "city", "إدلب", ("Idleb", "en-GB", "alternative"), ("Edlib", "en", "former")),
            _place("aleppo", "city", "حلب", ("Halab", "en", "alternative"), ("Aleppo", "en", "official")),
            _place("shusha", "town", "Şuşa", ("Shushi", "en", "alternative")),
            _place("stepanakert", "town", "Xankəndi", ("Khankendi", "en", "official")),
        )
    },
    {
        "icrc": Party(
            "icrc",
            1,
            1,
            PartyRegistered(name="Red Cross", kind="other", names=_named(("赤十字国際委員会", "ja-JP", "official"))),
        )
    },
    {"sana": Source("sana", 1, 1, SourceRegistered(name="SANA", kind="state_media"))},
)


def _tongue(language: Language) -> Tongue:
    return Tongue(language, REGISTRY)


def _when(start: str | None, end: str | None = None, precision: TimePrecision = "day") -> Interval:
    return interval(Occurred(start=start, end=end, precision=precision), "Asia/Baku")


@pytest.mark.parametrize(
    ("occurred", "english", "russian"),
    [
        (_when("2020-11-25"), "25 November 2020", "25 ноября 2020"),
        (_when("2020-11-10", "2020-11-25"), "10 November 2020 to 25 November 2020", "10 ноября 2020 — 25 ноября 2020"),
        (_when("2020-11-25", "2020-11-25"), "25 November 2020", "25 ноября 2020"),
        (_when(None, "2020-11-25"), "by 25 November 2020", "не позднее 25 ноября 2020"),
        (_when("2020-11-23", precision="week"), "in the week from 23 November 2020", "неделя с 23 ноября 2020"),
        (_when("2020-11-01", precision="month"), "in November 2020", "ноябрь 2020"),
        (_when("2020-11-01", precision="longer"), "about 1 November 2020", "около 1 ноября 2020"),
        (
            _when("2020-11-10T00:00:00+03:00", precision="exact"),
            "10 November 2020, 01:00 (Asia/Baku)",
            "10 ноября 2020, 01:00 (Asia/Baku)",
        ),
        (_when("2020-11-09T22:00:00Z", precision="month"), "in November 2020", "ноябрь 2020"),
        (
            _when("2020-11-08T22:00:00Z", precision="week"),
            "in the week from 9 November 2020",
            "неделя с 9 ноября 2020",
        ),
        (
            _when("2020-11-09T22:00:00Z", "2020-11-30T19:59:59Z", "month"),
            "10 November 2020 to 30 November 2020",
            "10 ноября 2020 — 30 ноября 2020",
        ),
    ],
)
def test_a_time_is_said_no_more_precisely_than_it_is_known(occurred: Interval, english: str, russian: str) -> None:
    assert _tongue("en").when(occurred) == english
    assert _tongue("ru").when(occurred) == russian


def test_a_time_whose_local_day_has_no_name_is_said_in_utc() -> None:
    last = interval(Occurred(start="9999-12-31T23:00:00Z", precision="exact"), "Asia/Baku")

    assert _tongue("en").when(last) == "31 December 9999, 23:00 (UTC)"


def test_since_when_something_is_so_is_said_no_more_precisely_either() -> None:
    tongue = _tongue("en")

    assert tongue.since("1993-04-02", "longer", "Asia/Baku") == "about 1993"
    assert tongue.since("1993-04-02", "month", "Asia/Baku") == "April 1993"
    assert tongue.since("1993-04-02", "week", "Asia/Baku") == "the week from 2 April 1993"
    assert tongue.since("1993-04-02", "day", "Asia/Baku") == "2 April 1993"
    assert tongue.since("1993-03-31T22:00:00Z", "month", "Asia/Baku") == "April 1993"
    assert tongue.since("1993-04-01T22:00:00Z", "exact", "Asia/Baku") == "2 April 1993, 02:00 (Asia/Baku)"


def test_a_place_has_its_official_name_else_another_in_the_language_else_its_own() -> None:
    assert [_tongue(language).place("kalbajar") for language in LANGUAGES] == [
        "Kalbajar (district)",
        "キャルバジャル",
        "Кельбаджарский район",
    ]
    assert [_tongue(language).place("lachin") for language in LANGUAGES] == ["Lachin", "Lachin", "Lachin"]
    assert _tongue("ja").party("icrc") == "赤十字国際委員会"
    assert _tongue("ru").party("icrc") == "Red Cross"


def test_in_english_a_place_has_its_official_name_else_its_own_where_english_readers_can_read_it() -> None:
    told = [_tongue("en").place(place) for place in ("idlib", "aleppo", "shusha", "stepanakert", "kalbajar-town")]

    assert told == ["Idleb", "Aleppo", "Şuşa", "Khankendi", "Kalbajar (town)"]
    assert _tongue("ru").place("idlib") == "إدلب"


def test_places_of_one_name_are_told_apart_by_their_kind() -> None:
    assert _tongue("en").places(["kalbajar", "kalbajar-town"]) == "Kalbajar (district) and Kalbajar (town)"
    assert _tongue("ru").place("kalbajar-town") == "Кельбаджар"


def test_what_nobody_registered_is_said_as_it_stands() -> None:
    tongue = _tongue("en")

    assert (tongue.place("x"), tongue.party("y"), tongue.source("z")) == ("x", "y", "z")
    assert tongue.place_at(PlaceAt(name="Magadiz")) == "“Magadiz” (as written)"
    assert tongue.place_at(PlaceAt(place="lachin", precision="near")) == "near Lachin"


def test_claimants_are_named_by_what_they_are() -> None:
    tongue = _tongue("ja")
    told = [tongue.claimant(claimant) for claimant in ("source:sana", "party:icrc", "words:親クルド筋")]

    assert told == ["SANA", "赤十字国際委員会", "「親クルド筋」"]


@pytest.mark.parametrize(
    ("number", "russian"), [(1, "Х: 1 удар за период."), (3, "Х: 3 удара за период."), (11, "Х: 11 ударов за период.")]
)
def test_a_number_takes_the_form_of_its_language(number: int, russian: str) -> None:
    def said(language: Language) -> str:
        one, several = "{party}: {n} strike in the period.", "{party}: {n} strikes in the period."
        return _tongue(language).some(one, several, number, party="Х")

    assert said("ru") == russian
    assert said("en") == f"Х: {number} strike{'' if number == 1 else 's'} in the period."
    assert said("ja") == f"Х: 期間中に{number}回の攻撃。"


def test_lists_and_large_numbers_are_written_as_the_language_does() -> None:
    assert [_tongue(language).listed(["a", "b", "a", "c"]) for language in LANGUAGES] == [
        "a, b and c",
        "a、b、c",
        "a, b и c",
    ]
    assert [_tongue(language).number(14522) for language in LANGUAGES] == ["14,522", "14,522", "14\u00a0522"]
    assert _tongue("ja").joined(["一。", "", "二。"]) == "一。二。"


def test_braces_in_a_name_are_no_places_for_values() -> None:
    assert _tongue("en").say("near {place}", place="{zone}") == "near {zone}"


def test_a_sentence_begins_with_a_capital_where_sentences_of_its_script_do() -> None:
    assert [capital(text) for text in ("side not stated", "сторона", "ქართული ლეგიონი", "情勢", "")] == [
        "Side not stated",
        "Сторона",
        "ქართული ლეგიონი",
        "情勢",
        "",
    ]


def test_a_code_that_has_no_word_yet_is_said_as_it_is() -> None:
    assert _tongue("ru").term("weapon", "loitering_munition") == "loitering munition"
