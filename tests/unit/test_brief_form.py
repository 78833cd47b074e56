"""The days of a brief, its language, its figures, and its Markdown, in which everything stands for itself."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from projections.clocks import Clocks
from services.api.briefs import preferred
from services.briefs.answers import Brief, Link, Section, Sentence
from services.briefs.markdown import markdown
from services.briefs.period import Period, at_end, period

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Zs"]) | st.sampled_from(" *_`[]()<>#+-=.!|~&\\1$"),
    min_size=1,
)


def _clocks(as_of: str | None = None, known_at: str | None = None) -> Clocks:
    return Clocks(position=1, now=NOW, as_of=as_of, known_at=known_at)


@pytest.mark.parametrize(
    ("first", "last", "clocks", "expected"),
    [
        (None, None, _clocks(), Period(date(2025, 12, 25), date(2026, 1, 1))),
        (None, None, _clocks("2020-11-25"), Period(date(2020, 11, 18), date(2020, 11, 25))),
        (None, None, _clocks(None, "2020-11-25"), Period(date(2020, 11, 18), date(2020, 11, 25))),
        (None, date(2020, 11, 25), _clocks(), Period(date(2020, 11, 18), date(2020, 11, 25))),
        (date(2020, 11, 1), date(2020, 11, 2), _clocks(), Period(date(2020, 11, 1), date(2020, 11, 2))),
        (None, date(1, 1, 3), _clocks(), Period(date.min, date(1, 1, 3))),
    ],
)
def test_a_brief_covers_eight_days_unless_asked_for_others(
    first: date | None, last: date | None, clocks: Clocks, expected: Period
) -> None:
    assert period(first, last, clocks) == expected


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="is after"):
        Period(date(2020, 11, 26), date(2020, 11, 25))


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    assert Period(date(2020, 11, 18), date(2020, 11, 25)).before == Period(date(2020, 11, 10), date(2020, 11, 17))
    assert Period(date(1, 1, 2), date(1, 1, 9)).before == Period(date.min, date.min)


def test_a_brief_stands_at_the_end_of_its_last_day_unless_asked_for_an_earlier_moment() -> None:
    days = Period(date(2020, 11, 18), date(2020, 11, 25))

    assert at_end(days, _clocks()).as_of == "2020-11-25"
    assert at_end(days, _clocks("2020-12-02")).as_of == "2020-11-25"
    assert at_end(days, _clocks("2020-11-24")).as_of == "2020-11-24"
    assert at_end(days, _clocks(None, "2020-11-20")).as_of == "2020-11-25"
    assert at_end(days, _clocks(None, "2020-11-20")).projected
    assert at_end(Period(date(2025, 12, 25), date(2026, 1, 1)), _clocks()).as_of is None


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "en"),
        ("ja", "ja"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, ja;q=0.3, ru;q=0.7", "ru"),
        ("fr;q=1, ja;q=0", "en"),
        ("ja;q=loud, ru;q=0.1", "ru"),
        ("*", "en"),
    ],
)
def test_the_language_is_the_one_that_the_reader_likes_best(accepted: str, expected: str) -> None:
    assert preferred(accepted) == expected


def _brief(*sentences: Sentence, title: str = "Title") -> Brief:
    section = Section(topic="events", title=title, note=None, sentences=sentences)
    return Brief(
        as_of=None,
        known_at=None,
        position=7,
        from_=date(2020, 11, 18),
        to=date(2020, 11, 25),
        language="en",
        title=title,
        basis="From the log.",
        sections=(section,),
    )


def test_a_sentence_stands_in_a_list_with_its_links_below() -> None:
    link = Link(rel="report", href="/v1/reports/r", title="SANA [en]", url="https://example.org")
    text = markdown(_brief(Sentence(text="One.", links=(link,)), Sentence(text="Two.")), "https://log.example/")

    assert text == (
        "# Title\n\nFrom the log.\n\n## Title\n\n"
        "- One.  \n  [SANA \\[en\\]](https://log.example/v1/reports/r)\n"
        "- Two.\n"
    )


@given(TEXTS, TEXTS)
@example("1. first", "- [x](y) <b>&copy;</b>")
@example("# title #", "+ *a* __b__ `c` ![d](e)")
@example("a\nb\r\n===", "***")
def test_whatever_a_source_wrote_is_read_as_it_was_written(title: str, words: str) -> None:
    parsed = MarkdownIt("commonmark").parse(markdown(_brief(Sentence(text=words), title=title)))
    inline = [token for token in parsed if token.type == "inline"]
    shown = ["".join(child.content for child in token.children or []) for token in inline]

    assert all(child.type in {"text", "text_special"} for token in inline for child in token.children or [])
    # A title of blanks alone is a heading without text.
    assert [text for text in shown if text] == _expected(title, words)


def _expected(title: str, words: str) -> list[str]:
    heading, sentence = (re.sub(r"\s*[\r\n]+\s*", " ", text).strip(" ") for text in (title, words))
    return [text for text in (heading, "From the log.", heading, sentence) if text]
