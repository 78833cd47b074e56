"""Where a test has this process die: the variable CONFLICTLOG_FAULT, "written:3" for the third time at that step."""

import os
import signal
from collections.abc import Callable, Mapping

VARIABLE = "CONFLICTLOG_FAULT"


def fault(environment: Mapping[str, str]) -> Callable[[str], None]:
    """Give what is told of each step and kills the process at the one that the environment names, if any."""
    step, _, times = environment.get(VARIABLE, "").partition(":")
    left = int(times or 1)

    def reached(name: str) -> None:
        nonlocal left
        if name == step:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reached
