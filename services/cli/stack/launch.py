"""Becomes a service's process: takes its system user, ties its life to the supervisor's, then executes it.

Run as a script with `python -I -S`, so it imports nothing but the standard library.
A process of its own, because code between fork and exec in a program with threads may deadlock.
"""

import ctypes
import os
import pwd
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Arguments: parent pid, signal number at the parent's death, user name or "-", command..."""
    parent, death_signal, user, *command = sys.argv[1:]
    if user != "-":
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    # After setuid: a change of user clears the setting.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("the supervisor died before this service started")
    os.execv(command[0], command)  # noqa: S606 - no shell is the point


main()
