"""What is to be said of a figure beside its bounds, as one number: those of many figures are one by a bitwise or."""

from collections.abc import Iterable

from projections.casualties.figure import Bound, Figure

_UNSTATED: tuple[tuple[int, Bound], ...] = ((1, "low"), (2, "best"), (4, "high"))
_OPEN_ENDED = 8
_INCONSISTENT = 16
_SPEAKING = 32


def marks_of(figure: Figure) -> int:
    """Give the marks of one figure. Words alone have none: they do not make a bound of the others unstated."""
    if figure.silent:
        return 0
    marks = _SPEAKING + sum(mark for mark, bound in _UNSTATED if bound in figure.unstated)
    return marks + (_OPEN_ENDED if figure.open_ended else 0) + (_INCONSISTENT if figure.bounds_inconsistent else 0)


def unstated_in(marks: int) -> Iterable[Bound]:
    """Give the bounds that something counted does not state: all of them where everything is words."""
    return [bound for mark, bound in _UNSTATED if marks & mark or not marks & _SPEAKING]


def is_open_ended(marks: int) -> bool:
    """Tell whether anything counted is."""
    return bool(marks & _OPEN_ENDED)


def is_inconsistent(marks: int) -> bool:
    """Tell whether the bounds of anything counted are."""
    return bool(marks & _INCONSISTENT)
