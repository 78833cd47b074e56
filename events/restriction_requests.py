"""What is sent to keep an occurrence or a place from readers who may not see it, and to let them see it again."""

from events.requests import Body
from events.values import Embargo, Text


class RestrictOccurrence(Embargo, frozen=True, kw_only=True):
    """That an occurrence is kept from readers without the scope `read:restricted`: from answers, counts and the feed.

    To them it is as if nobody had reported it, on every route, at every `known_at` and `at_position`, until `until`.
    """


class ReleaseOccurrence(Body, frozen=True, kw_only=True):
    """That a restricted occurrence may be seen by everyone; the feed gives its earlier events then."""

    reason: Text


class RestrictPlace(Embargo, frozen=True, kw_only=True):
    """That it is kept from readers without the scope `read:restricted` where a place is, and what lies in it.

    They see it where its parent is, under its parent's name, without outline, other names and external ids. What
    happened there is still told and counted: restrict an occurrence that must not be.
    """


class ReleasePlace(Body, frozen=True, kw_only=True):
    """That everyone may see where a restricted place is."""

    reason: Text
