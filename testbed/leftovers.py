"""Nothing of a test bed stays behind: processes end with it, and folders of one that was killed are swept by the
next."""

import ctypes
import os
import re
import shutil
import signal
import sys
import tempfile
import time

FOLDER = re.compile(r"sentistack-testbed-(\d+)-")
PR_SET_PDEATHSIG = 1
# Loaded here: between fork and exec is no time to load anything.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def with_parent(number=signal.SIGTERM):
    """In a child, before its program starts: a signal when its parent dies (Linux only; the parent is the thread that
    starts it)."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, number)


def sweep():
    """Removes folders whose test bed is no more."""
    parent = tempfile.gettempdir()
    for name in os.listdir(parent):
        found = FOLDER.match(name)
        if found and not alive(int(found[1])):
            shutil.rmtree(os.path.join(parent, name), ignore_errors=True)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def children(pid):
    """Processes whose parent is `pid`, by /proc; nothing where there is none."""
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                    if int(stat.read().rsplit(")", 1)[1].split()[1]) == pid:
                        found.append(int(name))
            except (OSError, IndexError, ValueError):
                continue
    return found


def end_descendants():
    """Ends what we started, functions among it: asked first, then told."""
    pending, found = [os.getpid()], []
    while pending:
        below = children(pending.pop())
        found += below
        pending += below
    for number, patience in ((signal.SIGTERM, 1.0), (signal.SIGKILL, 0.2)):
        # One that has ended is no longer asked: its number may be another's by then.
        found = [pid for pid in found if running(pid)]
        for pid in found:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        until = time.monotonic() + patience
        while found and time.monotonic() < until:
            found = [pid for pid in found if running(pid)]
            time.sleep(0.02)


def running(pid):
    """Whether a child still runs; reaps it if it has ended."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return alive(pid)
