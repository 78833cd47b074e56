"""What others' codes say in our words, as importers read them and `/v1/vocabulary` tells them."""

from typing import get_args

import pytest

from events.details import kind_of
from events.mappings import ACLED_EVENTS, MATCHES, SCHEMES, Scheme, reading
from events.words import CODE_LISTS
from services.imports.acled_codes import Acting, details_of, inter_of


def test_every_match_is_of_a_code_that_there_is() -> None:
    for match in MATCHES:
        assert match.code in CODE_LISTS[match.list], match
    assert set(SCHEMES) == set(get_args(Scheme)) == {match.scheme for match in MATCHES}


@pytest.mark.parametrize(
    ("of", "scheme", "field", "codes"),
    [
        ("time_precision", "ucdp", "date_prec", "12345"),
        ("place_precision", "ucdp", "where_prec", "1234567"),
        ("occurrence_kind", "ucdp", "type_of_violence", "123"),
        ("time_precision", "acled", "time_precision", "123"),
        ("place_precision", "acled", "geo_precision", "123"),
        ("party_kind", "acled", "inter", "12345678"),
        ("source_reliability", "admiralty", "reliability", "ABCDEF"),
        ("claim_credibility", "admiralty", "credibility", "123456"),
    ],
)
def test_every_code_of_theirs_is_read_as_one_of_ours(of: str, scheme: Scheme, field: str, codes: str) -> None:
    assert list(reading(of, scheme, field)) == list(codes)
    read = [match.theirs for match in MATCHES if match.reads and (match.list, match.field) == (of, field)]
    assert len(set(read)) == len(read), "one code of theirs is taken for two of ours"


def test_an_import_reads_every_sub_event_of_acled_as_the_vocabulary_says() -> None:
    said = reading("occurrence_kind", "acled", "sub_event_type")
    assert len(said) == len(ACLED_EVENTS) == 25
    sides: tuple[Acting, ...] = (("syria", "State forces", "participant"), ("rebels", "Rebel group", "participant"))
    for event in ACLED_EVENTS:
        details = details_of((event.event_type, event.sub_event_type), sides)
        assert kind_of(details) == said[event.sub_event_type]
        unclear = details_of((event.event_type, event.sub_event_type), ())
        assert unclear == event.details
    assert kind_of(details_of(("Battles", "a new one"), ())) == "clash"
    assert [inter_of(code) for code in ("Rebel Groups", "rebel group", "8", "9", "")] == [2, 2, 8, None, None]
