"""Which service a command asks, and with which key."""

import os

import httpx

from services.settings import SettingsError

_HIGHEST_PORT = 65535


def service_url() -> str:
    """Give the address in CONFLICTLOG_URL, empty where there is none; raises SettingsError, which repeats nothing."""
    given = os.environ.get("CONFLICTLOG_URL", "").strip()
    if not given:
        return ""
    try:
        url = httpx.URL(given)
        usable = url.scheme in {"http", "https"} and url.host and 0 < (url.port or 80) <= _HIGHEST_PORT
    except (httpx.InvalidURL, UnicodeError):
        raise _no_service() from None
    # Messages name the address, so no password may stand in it.
    if not usable or url.userinfo:
        raise _no_service()
    return given.rstrip("/")


def authorization() -> dict[str, str]:
    """Give the header that names the key in CONFLICTLOG_KEY, if any; raises SettingsError, which does not repeat it."""
    key = os.environ.get("CONFLICTLOG_KEY", "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise SettingsError(
            "CONFLICTLOG_KEY is no key: it holds a sign that no key has; `conflictlog keys create` shows a whole key"
        )
    return {"Authorization": f"Bearer {key}"} if key else {}


def _no_service() -> SettingsError:
    return SettingsError(
        "CONFLICTLOG_URL is no address of a service: write http://HOST:8080, without a password; "
        "a key goes into CONFLICTLOG_KEY"
    )
