"""Becomes another program, as the user it is told, and dies with the process that started it.

Run as a script by `processes.start`, with the standard library alone: what has to happen between fork and exec
may not run in a parent that has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
CANNOT_RUN = 126


def die_with_parent(parent: int, death_signal: int) -> None:
    """Ask the kernel for a signal when the thread that started this process ends, or end now if it has.

    The setting outlives exec, but not a change of user, so it comes after that.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this kernel gives no signal when a parent ends")
    if os.getppid() != parent:
        sys.exit(128 + death_signal)


def main(arguments: list[str]) -> None:
    """Read `PARENT SIGNAL UID GID PROGRAM ARGUMENT…` and become PROGRAM; UID -1 keeps the user."""
    parent, death_signal, uid, gid = (int(text) for text in arguments[:4])
    command = arguments[4:]
    try:
        if uid >= 0:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
        die_with_parent(parent, death_signal)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execv(command[0], command)  # noqa: S606 - the command is a list and no shell reads it
    except OSError as error:
        sys.stderr.write(f"cannot run {command[0]} as user {os.geteuid()}: {error.strerror}\n")
        sys.exit(CANNOT_RUN)


if __name__ == "__main__":
    main(sys.argv[1:])
