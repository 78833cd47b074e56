"""Every kind of error: the one table from error class to status, type and title, and what each kind means."""

from collections.abc import Mapping

from msgspec import Struct
from psycopg import InterfaceError, OperationalError
from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout

from events import codec
from events import log as kept
from events import refusals as refused
from events import tree_postgres as tree
from projections import snapshot_postgres as read
from services.api import errors as asked


class Kind(Struct, frozen=True):
    """One kind of problem. `meaning` says to a person what happened and what to do about it."""

    status: int
    slug: str
    title: str
    meaning: str


_NOT_THERE = Kind(
    404,
    "not-found",
    "Nothing is at this address",
    "No route has this path, or nothing is registered under the id in it.",
)
_BAD = Kind(
    400,
    "bad-request",
    "The request cannot be read",
    "A header or the request as a whole is malformed; `detail` says what.",
)
INTERNAL = Kind(
    500,
    "internal-error",
    "The service failed",
    "A fault of ours. It was logged with the reference that `detail` gives; the request may be sent again.",
)
_UNAVAILABLE = Kind(
    503,
    "log-unavailable",
    "The log's storage does not answer",
    "Whether a write took place may be unknown: send it again with the same Idempotency-Key after `Retry-After`.",
)

KINDS: Mapping[type[Exception], Kind] = {
    asked.BadRequestError: _BAD,
    asked.BadBodyError: Kind(
        400,
        "invalid-body",
        "The body does not have the shape asked for",
        "`errors` lists every fault with its JSON pointer. Nothing was stored.",
    ),
    asked.BadQueryError: Kind(
        400,
        "invalid-parameters",
        "The query parameters are not those of this route",
        "`errors` lists every parameter that is unknown, repeated or not of its type.",
    ),
    asked.NoCredentialsError: Kind(
        401,
        "unauthenticated",
        "A key is needed",
        "Send `Authorization: Bearer clk_…` with a key that was not revoked.",
    ),
    asked.NotAllowedError: Kind(
        403, "insufficient-scope", "The key lacks the scope", "`WWW-Authenticate` names the scope that the route needs."
    ),
    asked.NotFoundError: _NOT_THERE,
    asked.NoLogKeyError: Kind(
        404,
        "log-unsigned",
        "This log signs no checkpoints",
        "Who runs the service sets `CONFLICTLOG_LOG_KEY` to a file with an Ed25519 seed of 32 bytes.",
    ),
    asked.LogDiffersError: Kind(
        500,
        "log-differs",
        "The log is not the one that was signed before",
        "Nothing is signed until it was looked into with `conflictlog verify`. Where an older state of the log or "
        "another key was put in place on purpose, move the checkpoint file that stands beside the key.",
    ),
    refused.UnknownError: Kind(
        404, "unknown-id", "There is nothing under this id", "`detail` names the known ids that are most like it."
    ),
    asked.NotAcceptableError: Kind(
        406, "not-acceptable", "None of the accepted formats can be given", "`detail` lists the formats of the route."
    ),
    refused.IdTakenError: Kind(
        409,
        "id-taken",
        "The id is in use",
        "The id that the request gives stands for something else already. Choose another, or leave it out.",
    ),
    refused.ExternalIdTakenError: Kind(
        409,
        "external-id-taken",
        "The external id is recorded with other content",
        "A dataset's record is changed by a newer release of the same dataset, not by sending it anew.",
    ),
    refused.AlreadyRetractedError: Kind(
        409, "already-retracted", "The occurrence is retracted already", "Nothing was done; it counts nowhere already."
    ),
    refused.NotRetractedError: Kind(
        409, "not-retracted", "The occurrence is not retracted", "Only what was retracted can be reinstated."
    ),
    refused.NotRestrictedError: Kind(
        409, "not-restricted", "It is not restricted", "Only what was restricted can be released."
    ),
    refused.EmbargoShortenedError: Kind(
        409,
        "embargo-shortened",
        "It is restricted for longer already",
        "A restriction can be made to last longer. To let readers see it sooner, release it.",
    ),
    refused.MergeError: Kind(
        409,
        "merge-refused",
        "The merge cannot be made or undone",
        "It would lead in a circle or a chain, or the occurrence is merged, or not, already; `detail` says which.",
    ),
    refused.ClaimEndedError: Kind(
        409,
        "claim-ended",
        "The claim was withdrawn or superseded",
        "Make a new claim, or cite the one that replaced it.",
    ),
    refused.TransferCancelledError: Kind(
        409, "transfer-cancelled", "The transfer was cancelled", "A cancelled transfer cannot be effected or cancelled."
    ),
    refused.AlreadyEffectedError: Kind(
        409,
        "already-effected",
        "The transfer is effected by this change already",
        "Nothing was done; it is said already.",
    ),
    refused.ReportWithdrawnError: Kind(
        409, "report-withdrawn", "The report was withdrawn already", "Nothing was done; it is withdrawn already."
    ),
    asked.StillRunningError: Kind(
        409,
        "still-running",
        "The first request with this Idempotency-Key is not done",
        "Send the same request again after `Retry-After`; it gets the first one's answer.",
    ),
    kept.StaleStreamError: Kind(
        409,
        "changed-meanwhile",
        "What the request is about changed meanwhile",
        "Others changed it again and again while this was decided. Read it and send the request again.",
    ),
    kept.KeyTakenError: Kind(
        409, "request-key-taken", "The request's key is in use", "Another request is recorded under the same key."
    ),
    kept.EventIdTakenError: Kind(
        409, "event-id-taken", "An event id is in use", "The same event was recorded with other content."
    ),
    asked.PreconditionFailedError: Kind(
        412,
        "precondition-failed",
        "The precondition does not hold",
        "`If-Match` does not name a version that the stream could have.",
    ),
    refused.VersionMismatchError: Kind(
        412,
        "version-mismatch",
        "The stream is at another version",
        "Read it again and decide whether the request still stands; then name the version that it has.",
    ),
    asked.TooLargeError: Kind(
        413, "body-too-large", "The body is too large", "`detail` gives the route's limit in bytes."
    ),
    asked.WrongMediaTypeError: Kind(
        415,
        "unsupported-media-type",
        "The body has the wrong media type",
        "Send it as `Content-Type: application/json`.",
    ),
    refused.FaultyError: Kind(
        422,
        "refused",
        "The request refers to what is not there, or says what cannot be",
        "`errors` lists every such place with its JSON pointer and the nearest known ids. Nothing was stored.",
    ),
    refused.LeftOutError: Kind(
        424,
        "left-out",
        "Another line of the batch was refused",
        "With `atomic=true` all lines of a batch are recorded, or none. Mend those that were refused, and send all.",
    ),
    refused.KeyReusedError: Kind(
        422,
        "idempotency-key-reused",
        "The Idempotency-Key was used for another request",
        "A key belongs to one request. Use a new one for a new request.",
    ),
    asked.TooManyRequestsError: Kind(
        429,
        "too-many-requests",
        "The rate limit is reached",
        "Wait for `Retry-After`; `RateLimit-Policy` gives the limit.",
    ),
    read.BeyondHeadError: Kind(
        400, "beyond-head", "The log does not reach that position", "`at_position` is past the last event recorded."
    ),
    read.NotYetThereError: Kind(
        503,
        "not-yet-there",
        "The answer has not reached that position yet",
        "What was asked for with `min_position` is recorded, but not yet folded. Ask again after `Retry-After`.",
    ),
    kept.LogBusyError: Kind(
        503,
        "log-busy",
        "Too many writes are waiting",
        "Nothing was stored. Send the request again after `Retry-After`.",
    ),
    asked.UnavailableError: Kind(
        503,
        "unavailable",
        "A part of the service does not answer",
        "`detail` says which. Ask again after `Retry-After`.",
    ),
    codec.UnknownEventError: Kind(
        503,
        "newer-event",
        "The log holds what this release cannot read",
        "A newer release wrote an event that this one has no words for. Upgrade it; until then nothing is decided "
        "about what the event concerns.",
    ),
    codec.UnreadableEventError: Kind(
        503,
        "unreadable-event",
        "The log holds what no release can read",
        "Something other than this service wrote an event whose bytes are not of its shape, or which does not belong "
        "where it stands. Nothing is decided or told about what it concerns; `conflictlog parked list` names the "
        "stream.",
    ),
    tree.TreeBehindError: Kind(
        503,
        "tree-behind",
        "The log's Merkle tree is being built",
        "So much of it is not built yet that no proof can be given. Ask again after `Retry-After`.",
    ),
    kept.LogUnavailableError: _UNAVAILABLE,
    PoolTimeout: _UNAVAILABLE,
    QueryCanceled: Kind(
        503,
        "took-too-long",
        "The answer took too long",
        "The question was given up by the database. Narrow it with filters, or ask again after `Retry-After`.",
    ),
    OperationalError: _UNAVAILABLE,
    InterfaceError: _UNAVAILABLE,
}
"""What each error comes to; an error that is not listed comes to what its nearest listed ancestor does."""

FRAMEWORK: Mapping[int, Kind] = {
    400: _BAD,
    404: _NOT_THERE,
    405: Kind(
        405,
        "method-not-allowed",
        "The address does not take this method",
        "`Allow` lists the methods that it takes.",
    ),
}


def every_kind() -> list[Kind]:
    """Give all kinds of problem that an answer can be, by status and slug."""
    kinds = {kind.slug: kind for kind in (*KINDS.values(), *FRAMEWORK.values(), INTERNAL)}
    return sorted(kinds.values(), key=lambda kind: (kind.status, kind.slug))
