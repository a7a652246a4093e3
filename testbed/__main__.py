"""`python -m testbed`: starts the test bed, says where it is, and ends with whoever started it."""

import argparse
import asyncio
import atexit
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
import threading

if not __package__:  # `python testbed`
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    __package__ = "testbed"

from testbed import instances, jobs, place  # noqa: E402
from testbed.leftovers import end_descendants, sweep, with_parent  # noqa: E402

# MiniStack is told things through our environment; COMMAND gets the one that we were given.
BEFORE = dict(os.environ)


def arguments():
    parser = argparse.ArgumentParser(prog="python -m testbed", description="A local AWS for tests.")
    parser.add_argument("--json", action="store_true",
                        help="print one line of JSON when ready, and end when standard input ends")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND",
                        help="run it inside the test bed, then stop everything; its exit code is ours")
    given = parser.parse_args()
    if given.command[:1] == ["--"]:
        given.command = given.command[1:]
    return given


def main():
    given = arguments()
    if given.command and not shutil.which(given.command[0]):
        print(f"{given.command[0]}: there is no such program", file=sys.stderr)
        return 127
    sweep()
    folder = tempfile.mkdtemp(prefix=f"sentistack-testbed-{os.getpid()}-")
    # Threads of MiniStack's may still write when we are done; they have ended when this is called.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    gate, board = place.listener(), place.listener()
    place.prepare(gate.getsockname()[1], folder)
    tempfile.tempdir = folder
    try:
        return asyncio.run(supervise(given, gate, board))
    finally:
        jobs.reset()
        instances.reset()
        end_descendants()


async def supervise(given, gate, board):
    from testbed.bed import Bed

    bed = Bed(gate, board)
    loop = asyncio.get_running_loop()
    code, inside = 0, []

    def stop(number=signal.SIGTERM):
        """A signal, or the end of whoever started us. A command ends us by its own end: it gets the signal, but not
        Ctrl-C, which a terminal has sent to it already."""
        nonlocal code
        if inside and number != signal.SIGINT:
            inside[0].send_signal(number or signal.SIGTERM)
        if given.json and number:
            print(f"the test bed was ended by {signal.Signals(number).name}", file=sys.stderr, flush=True)
        if not given.command:
            code = 128 + number if number else 0
            bed.ending.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
    threading.Thread(target=watch, args=(given, loop, stop), daemon=True).start()
    env = place.environment(gate.getsockname()[1])
    control = f"http://127.0.0.1:{board.getsockname()[1]}"
    env["SENTISTACK_TESTBED_CONTROL"] = control
    told = []

    def ready():
        if given.command:
            told.append(loop.create_task(run(given.command, env, bed, inside)))
        elif given.json:
            print(json.dumps({"ready": True, "env": env, "control": control}), flush=True)
        else:
            print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in env.items()), flush=True)
            print("# the test bed runs until you press Ctrl-C", file=sys.stderr, flush=True)

    await bed.run(ready)
    return (await told[0]) if told else code


async def run(command, env, bed, inside):
    """Runs COMMAND inside; its exit code, or 127 when there is no such program. `inside` gets its process."""
    try:
        child = await asyncio.create_subprocess_exec(*command, env={**BEFORE, **env}, preexec_fn=with_parent)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        bed.ending.set()
        return 127
    inside.append(child)
    code = await child.wait()
    inside.clear()
    bed.ending.set()
    return code if code >= 0 else 128 - code


def watch(given, loop, stop):
    """Ends the test bed with whoever started it: at the end of standard input with `--json`, else when we are
    handed to another parent. A parent that is killed can do nothing about it, so it is we who look."""
    if given.json:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop, 0)
    else:
        parent = os.getppid()
        while os.getppid() == parent:
            threading.Event().wait(0.5)
        loop.call_soon_threadsafe(stop)


if __name__ == "__main__":
    sys.exit(main())
