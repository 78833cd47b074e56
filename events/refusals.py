"""Why something is not taken into the log: facts with their data; nothing was appended."""

from msgspec import Struct


class Fault(Struct, frozen=True):
    """One thing that is wrong: where it stands in the request (a JSON pointer, RFC 6901), and what it is."""

    pointer: str
    detail: str


class RefusalError(Exception):
    """A request was refused."""


class FaultyError(RefusalError):
    """A request refers to what is not there, or says what cannot be; every fault is listed."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Keep all the faults."""
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))
        self.faults = faults


class UnknownError(RefusalError):
    """There is no such party, place, source, report, occurrence, claim or transfer."""

    def __init__(self, category: str, unknown: str, nearest: tuple[str, ...] = ()) -> None:
        """Keep what was looked for, and the ids most like it."""
        near = f"; the nearest known: {', '.join(nearest)}" if nearest else ""
        super().__init__(f"there is no {category} {unknown!r}{near}")
        self.category = category
        self.unknown = unknown
        self.nearest = nearest


class IdTakenError(RefusalError):
    """An id is in use already, for something else."""

    def __init__(self, category: str, taken: str) -> None:
        """Keep the id."""
        super().__init__(f"the {category} {taken!r} is there already, with other content")
        self.category = category
        self.taken = taken


class ExternalIdTakenError(RefusalError):
    """An external id was recorded already, with other content, and this is no newer release of its dataset."""

    def __init__(self, dataset: str, taken: str, *, superseded: bool = False) -> None:
        """Keep the dataset and its id; `superseded`: it was a newer release that told of it."""
        super().__init__(
            f"{taken!r} of dataset {dataset!r} is recorded already, with other content, by this release or a newer one"
        )
        self.dataset = dataset
        self.taken = taken
        self.superseded = superseded


class KeyReusedError(RefusalError):
    """An idempotency key came again with another request."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("this Idempotency-Key was used for another request; use a new one")


class AlreadyRetractedError(RefusalError):
    """The occurrence is retracted already."""


class NotRetractedError(RefusalError):
    """The occurrence is not retracted, so it cannot be reinstated."""


class NotRestrictedError(RefusalError):
    """It is not restricted, so it cannot be released."""


class EmbargoShortenedError(RefusalError):
    """It is restricted for longer already; to end that is to release it."""


class MergeError(RefusalError):
    """The merge would lead in a circle or a chain, or the occurrence is merged, or not merged, already."""


class ClaimEndedError(RefusalError):
    """The claim was withdrawn or superseded already."""


class TransferCancelledError(RefusalError):
    """The transfer was cancelled."""


class AlreadyEffectedError(RefusalError):
    """The same change of control is said to effect the transfer already."""


class ReportWithdrawnError(RefusalError):
    """The report was withdrawn already."""


class LeftOutError(RefusalError):
    """The request is good, but another one that it was to be recorded together with was refused."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("nothing was recorded: another request of the same batch was refused")


class VersionMismatchError(RefusalError):
    """The stream is not at the version that If-Match names."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        """Keep both versions."""
        super().__init__(f"{stream} is at version {actual}, not {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual
