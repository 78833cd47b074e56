"""The words of an occurrence: whatever the script, what is asked for is parted as what was said."""

import pytest

from projections.occurrences.words import SEARCHED_MAX, lexemes, phrase


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        ("14 shells hit Dahya, shells again", "14:1 shells:2,5 hit:3 dahya:4 again:6"),
        ("Nagorno-Karabakh's (explosive_hazard)", "nagorno:1 karabakhs:2 explosive:3 hazard:4"),
        ("Кельбаджарский район", "кельбаджарский:1 район:2"),
        ("हिन्दी है", "हिन्दी:1 है:2"),
        ("\\'\";:*&|!<->()\t", ""),
        ("東京は今日", "東:1 京:2 は:3 今:4 日:5"),
    ],
)
def test_a_text_is_parted_into_words(text: str, parted: str) -> None:
    assert lexemes(text) == parted


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ("Shells hit", "shells <-> hit:*"),
        ("KARABAKH", "karabakh:*"),
        ("京は", "京 <-> は:*"),
        ("100%", "100:*"),
        ("%", ""),
        ("a & b | !c:*", "a <-> b <-> c:*"),
    ],
)
def test_a_question_is_a_phrase_whose_last_word_may_go_on(asked: str, query: str) -> None:
    assert phrase(asked) == query


def test_a_text_beyond_what_a_tsvector_holds_is_cut() -> None:
    words = [f"\u044f{number:07}" for number in range(SEARCHED_MAX // 4)]
    kept = lexemes(" ".join(words))
    assert kept.startswith("\u044f0000000:1 ")
    assert len(kept.split()) == SEARCHED_MAX // 9 + 1
    assert kept.endswith(":11112")
