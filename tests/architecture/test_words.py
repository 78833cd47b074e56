"""What must stand nowhere in the project: other people's words, places that exist on one machine, things left open."""

import re
from pathlib import Path

import pytest

from tests.architecture.tree import files, text_of

_PROSE = {".py", ".md", ".sql", ".toml", ".yml", ".yaml", ".sh", ".html", ""}


def _backwards(*words: str) -> str:
    """Join words that are written backwards here, so that this file may be searched like all others."""
    return "|".join(re.escape(word[::-1]) for word in words)


_WORDS = re.compile(
    rf"(?<!user-)(?<!user_)\b({_backwards('noisses', 'snoisses', 'tnega', 'stnega')})\b"
    rf"|\b({_backwards('edualc', 'ciporhtna', 'tolipoc', 'tpgtahc', 'ianepo')})",
    re.IGNORECASE,
)
# pytest's own words for one run of all tests, and HTTP's for a client.
_PYTEST_WORDS = re.compile(rf'scope="({_backwards("noisses")})"|\b({_backwards("noisses")}): pytest\.\w+')
_HOSTS = re.compile(_backwards("gro.ipyp", "gro.detsohnohtyp", "gro.sjmpn", "gro.naibed.bed"), re.IGNORECASE)
_PATHS = re.compile(rf"(?<![\w.$}}{{])({_backwards('/krow/', '/toor/', '/emoh/', 'ipyp/tpo/', 'sleehw/tpo/')})")
_ISSUES = re.compile(r"\bissues?\s*(no\.?\s*)?#?\d+|(?<![\w&/#])#\d{1,5}\b(?!\w)", re.IGNORECASE)
_LEFT_OPEN = re.compile(rf"\b(X{{3}}|{_backwards('ODOT', 'EMXIF', 'rorrEdetnemelpmItoN')})\b")
_SILENCED = re.compile(r"#\s*(type:\s*ignore|noqa|pyright:\s*ignore)\s*$|pytest\.mark\.skip\b", re.MULTILINE)


def _found(pattern: re.Pattern[str], text: str) -> list[str]:
    return [
        f"{number}: {line.strip()[:120]}"
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(_PYTEST_WORDS.sub("", line))
    ]


def _found_in_files(pattern: re.Pattern[str], suffixes: set[str] | None = None) -> list[str]:
    texts = (
        (path, text_of(path))
        for path in files()
        # The licence is another's text, word for word.
        if path != Path("LICENSE") and (suffixes is None or path.suffix in suffixes)
    )
    return [f"{path}:{line}" for path, text in texts if text for line in _found(pattern, text)]


def test_words_that_belong_elsewhere_stand_nowhere() -> None:
    assert _found_in_files(_WORDS) == []


def test_no_package_registry_is_named() -> None:
    assert _found_in_files(_HOSTS) == []


def test_no_path_of_one_machine_is_named() -> None:
    assert _found_in_files(_PATHS) == []


def test_no_ticket_is_cited_by_number() -> None:
    assert _found_in_files(_ISSUES, _PROSE) == []


def test_nothing_is_left_open() -> None:
    assert _found_in_files(_LEFT_OPEN, {".py", ".sql", ".md", ".sh"}) == []


def test_no_check_is_silenced_without_naming_it() -> None:
    assert _found_in_files(_SILENCED, {".py"}) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (_WORDS, "the last " + "ses" + "sion of it"),
        (_WORDS, "an " + "Ag" + "ent did it"),
        (_HOSTS, "from https://pyp" + "i.org/simple"),
        (_PATHS, "see /wo" + "rk/there"),
        (_PATHS, "'/ro" + "ot/.cache'"),
        (_ISSUES, "as in #" + "12"),
        (_ISSUES, "as in issue" + " 12"),
        (_LEFT_OPEN, "# TO" + "DO: later"),
        (_SILENCED, "x = 1  # no" + "qa"),
        (_SILENCED, "x = 1  # type:" + " ignore\n"),
    ],
)
def test_what_is_forbidden_is_found(pattern: re.Pattern[str], text: str) -> None:
    assert _found(pattern, text) != []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (_WORDS, "User-Agent: conflictlog/1"),
        (_WORDS, '@pytest.fixture(scope="session")'),
        (_WORDS, "SELECT session_user"),
        (_PATHS, "https://example.org/wo" + "rk/1"),
        (_PATHS, "$HOME/home/data"),
        (_ISSUES, "&#39; and the colour #a1b2c3 and page.html#12"),
        (_SILENCED, "x = eval(y)  # noqa: S307 (a literal)"),
    ],
)
def test_what_only_looks_like_it_is_left_alone(pattern: re.Pattern[str], text: str) -> None:
    assert _found(pattern, text) == []
