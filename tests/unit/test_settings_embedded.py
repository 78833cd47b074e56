"""Settings as an embedded instance hands them to its children."""

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
