"""Settings as an embedded instance hands them to its children."""

import traceback
from pathlib import Path

import pytest

from services.settings import Settings, SettingsError

NEEDED = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://r/0"}


def test_a_child_reads_the_settings_that_its_parent_wrote() -> None:
    given = Settings(
        database_url="postgresql://db/x",
        redis_url="redis://r/0",
        port=9000,
        data=Path("/there"),
        anonymous_reading=True,
        roles=("follow",),
        cors_origins=("https://a.example", "https://b.example"),
    )
    assert Settings.from_environment(given.environment()) == given


def test_lists_are_split_at_commas_and_empty_variables_count_as_none() -> None:
    given = NEEDED | {"CONFLICTLOG_ROLES": "deliver, clock", "CONFLICTLOG_PORT": " "}
    settings = Settings.from_environment(given)
    assert settings.roles == ("deliver", "clock")
    assert settings.port == 8080
    assert settings.anonymous_reading is False


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CONFLICTLOG_PORT", "0"),
        ("CONFLICTLOG_PORT", "http"),
        ("CONFLICTLOG_ROLES", "follow,eat"),
        ("CONFLICTLOG_ROLES", ","),
        ("CONFLICTLOG_ANONYMOUS_READING", "perhaps"),
        ("CONFLICTLOG_API_WORKERS", "-1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_one_line(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}={text} cannot be used: ") as refused:
        Settings.from_environment(NEEDED | {name: text})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("missing", NEEDED)
def test_a_setting_that_is_missing_is_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"^{missing} is not set"):
        Settings.from_environment({name: text for name, text in NEEDED.items() if name != missing})


# What a password makes of an address when its signs are not written as %XX, and addresses of other programs.
NO_DATABASES = [
    "postgresql+psycopg://u:SeCret@h/d",
    "mysql://u:SeCret@h/d",
    "u:SeCret@h/d",
    "SeCret",
    "postgresql://u:SeCret x@h/d",
    "postgresql://u:SeCret%@h/d",
    "postgresql://u:x@SeCret@h/d",
    "postgresql://u:x/SeCret@h/d",
    "postgresql://u:1/SeCret@h/d",
    "postgresql://u:SeCret/x@h/d",
    "postgresql://u:x?y@SeCret@h/d",
    "postgresql://u:SeCret\udcff@h/d",
    "host=h password=x SeCret",
]
NO_REDISES = [
    "http://:SeCret@h/0",
    "SeCret",
    "redis://u:SeCret/x@h/0",
    "redis://u:1/SeCret@h/0",
    "redis://u:SeCret#x@h/0",
    "redis://u:1#SeCret@h/0",
    "redis://u:x@h:SeCret/0",
    "redis://[u:SeCret@h/0",
]


@pytest.mark.parametrize(
    ("name", "text"),
    [("DATABASE_URL", text) for text in NO_DATABASES] + [("REDIS_URL", text) for text in NO_REDISES],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_what_may_be_a_password(
    name: str, text: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is no ") as refused:
        Settings.from_environment(NEEDED | {name: text})
    assert "SeCret" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "postgresql://u:a%40b%20c%25@h:5433/d?sslmode=require"),
        ("DATABASE_URL", "postgres:///d?host=@socket"),
        ("DATABASE_URL", "postgresql://u:x?y@h1:1,h2:2/d"),
        ("DATABASE_URL", "host=/run/postgresql dbname=d password='a b@c'"),
        ("REDIS_URL", "redis://:a@b%2F@h:6379/0"),
        ("REDIS_URL", "rediss://u:x@[::1]:6379"),
        ("REDIS_URL", "unix://:x@/run/valkey.sock?db=1"),
    ],
)
def test_an_address_in_any_form_that_its_server_takes_is_one(name: str, text: str) -> None:
    given = Settings.from_environment(NEEDED | {name: text}).environment()
    assert given[name] == text
