"""Every message that a brief can say is in every catalogue, and every word of the code lists is a message."""

import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from events.words import CODE_LISTS
from services.briefs.answers import Language
from services.briefs.terms import LISTS, TERMS, TermList
from services.briefs.tongue import CATALOGUES, catalogue

_SAYING: dict[str, Any] = {"say": None, "some": (1, 2), "marked": None}
LANGUAGES = [language for language in get_args(Language) if language != "en"]


def _said() -> set[str | tuple[str, ...]]:
    return {
        message
        for path in sorted(CATALOGUES.parent.glob("*.py"))
        for _, message, _, _ in extract_from_file("python", path, keywords=_SAYING)
    }


def _kept(language: str) -> Catalog:
    with (CATALOGUES / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def _fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def _forms(message: Message) -> Iterator[tuple[str, str]]:
    """Give each form of a translation with the English that it stands for."""
    if isinstance(message.id, str):
        assert isinstance(message.string, str)
        yield message.id, message.string
        return
    assert isinstance(message.string, tuple)
    for form in message.string:
        yield message.id[1], form


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_every_message_and_none_that_nobody_says(language: str) -> None:
    kept = {
        tuple(message.id) if isinstance(message.id, list | tuple) else message.id
        for message in _kept(language)
        if message.id
    }

    assert (_said() - kept, kept - _said()) == (set(), set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_says_all_that_its_message_names_and_nothing_else(language: str) -> None:
    for message in _kept(language):
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        for english, translated in _forms(message):
            assert translated, english
            assert _fields(translated) == _fields(english), (english, translated)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_a_form_for_every_number(language: str) -> None:
    kept = _kept(language)
    forms = [message.string for message in kept if not isinstance(message.id, str)]

    assert forms
    assert all(isinstance(form, tuple) and len(form) == kept.num_plurals and all(form) for form in forms)


def test_a_message_that_no_catalogue_has_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "writer.py"
    file.write_text('tongue.say("A new message.")\nmarked("a new word")\n', encoding="utf-8")
    found = {message for _, message, _, _ in extract_from_file("python", file, keywords=_SAYING)}

    assert found == {"A new message.", "a new word"}
    assert found.isdisjoint(_said())


def test_every_code_of_a_list_has_a_word() -> None:
    assert set(LISTS.values()) == set(get_args(TermList))
    for codes, words in LISTS.items():
        assert set(CODE_LISTS[codes]) <= set(TERMS[words]), codes


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_one_list_are_told_apart_in_every_language(language: Language) -> None:
    for name, words in TERMS.items():
        translated = [catalogue(language).gettext(word) for word in words.values()]
        assert len(set(translated)) == len(translated), (name, translated)
