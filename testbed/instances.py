"""Machines as real processes: the user data of an instance that can do its work below a folder is run there.

A script says so by naming RUNNER_ROOT, the folder that it puts everything into; any other needs a machine of its own,
and is only kept. `aws`, `curl` for the machine's own metadata, `systemctl`, `systemd-run` and `shutdown` are small programs of `machine/`, everything else is what is here.
"""

import base64
import binascii
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from . import place
from .leftovers import with_parent
from .state import STATE

# Machines call as this key, so that the log of calls can tell what they do from what the tool does.
KEY = "machine"
ROOT, MINUTE, ADDRESS = "RUNNER_ROOT", "RUNNER_MINUTE", "RUNNER_ADDRESS"
# Whose machine it is: what a machine left behind must not outlive the test bed.
BED = "RUNNER_BED"
PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "machine")
# What tests set for the programs that they start, and want here as well.
PASSED = ("SENTISTACK_TEST_PACE",)
# Seconds that a machine has to end what it does, and that a reset waits at most.
PATIENCE = 20.0
# By instance.
ALL = {}


class Machine:
    """What runs on one instance. `region` is the instance's, `ready` when it has come up."""

    def __init__(self, region, script, ready, address):
        self.region, self.script, self.ready, self.address = region, script, ready, address
        self.process, self.ended, self.gone = None, False, False
        self.folder = tempfile.mkdtemp(prefix="machine-")

    def start(self):
        """Runs the script as root's at the first start of an instance."""
        programs = os.path.join(self.folder, "programs")
        shutil.copytree(PROGRAMS, programs)
        for name in ("aws", "systemctl"):
            with open(os.path.join(programs, name), "w", encoding="utf-8") as file:
                file.write(f'#!/bin/sh\nexec "{sys.executable}" "{programs}/{name}.py" "$@"\n')
            os.chmod(file.name, 0o755)
        path = os.path.join(self.folder, "user-data")
        with open(path, "wb") as file:
            file.write(self.script)
        os.chmod(path, 0o755)
        environment = {name: os.environ[name] for name in PASSED if name in os.environ}
        environment |= place.environment(os.environ["GATEWAY_PORT"])
        environment |= {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": KEY, ROOT: self.folder, MINUTE: "1",
                        ADDRESS: self.address, BED: str(os.getpid()), "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin"}
        # The region is not the machine's to know, but by what its script says.
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            del environment[name]
        self.process = subprocess.Popen(
            [path], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=with_parent)

    def is_off(self):
        return os.path.exists(os.path.join(self.folder, "off"))

    def stop(self, at_once):
        """Ends it as EC2 does: asked first, then told, unless it is to go at once. Does not wait."""
        self.ended = True
        if at_once:
            self.signal(signal.SIGKILL)
        else:
            self.signal(signal.SIGTERM)
            timer = threading.Timer(PATIENCE, self.signal, [signal.SIGKILL])
            timer.daemon = True
            timer.start()

    def signal(self, number):
        # Once all of it has ended, its number may be another's.
        if self.process is None or self.gone:
            return
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def pid(self):
        """The process of its service, where one runs."""
        try:
            with open(os.path.join(self.folder, "service.pid"), encoding="utf-8") as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def service(self, what):
        off, pid = os.path.join(self.folder, "service.off"), self.pid()
        if what == "start":
            if os.path.exists(off):
                os.remove(off)
            return True
        if what == "stop":
            with open(off, "w", encoding="utf-8"):
                pass
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL if what == "kill" else signal.SIGTERM)
        return True

    def is_gone(self):
        """Whether nothing of it runs any more."""
        if self.process is None:
            return True
        if not self.gone and self.process.poll() is not None:
            try:
                # Its group lives as long as anything that it started.
                os.killpg(self.process.pid, 0)
            except (ProcessLookupError, PermissionError):
                self.gone = True
        return self.gone


def script_of(user_data):
    """What an instance is to run below a folder of its own, if it is."""
    try:
        script = base64.b64decode(user_data or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return script if ROOT.encode() in script else None


def address():
    """An address that what runs on a machine can listen at, and no other machine has."""
    return f"127.{secrets.randbelow(190) + 64}.{secrets.randbelow(256)}.{secrets.randbelow(254) + 1}"


def launched(identity, region, user_data, ready, own):
    """An instance came to be; what it is to run, as EC2 was given it, and the address it was given."""
    script = script_of(user_data)
    if script:
        ALL[identity] = Machine(region, script, ready, own)


def service(what):
    """Kills, stops or starts the services of all machines; says on which there was one."""
    return [identity for identity, machine in ALL.items() if machine.service(what)]


def shown():
    """What there is: instance, address, and whether its service runs."""
    return [{"instance": identity, "address": machine.address, "service": machine.pid() is not None}
            for identity, machine in ALL.items() if not machine.ended]


def ending(identity, at_once=False):
    """An instance is being terminated."""
    machine = ALL.get(identity)
    if machine and not machine.ended:
        machine.stop(at_once)


def settle(terminate):
    """Starts what has come up. One that has switched itself off is given to `terminate`, by its id, in its region."""
    for identity, machine in list(ALL.items()):
        if machine.ended:
            if machine.is_gone():
                shutil.rmtree(machine.folder, ignore_errors=True)
                del ALL[identity]
        elif machine.process is None:
            if STATE.now() >= machine.ready:
                machine.start()
        elif machine.is_off():
            machine.stop(at_once=False)
            terminate(machine.region, identity)


def reset():
    """Ends all machines, and waits for them."""
    machines = list(ALL.values())
    for machine in machines:
        machine.stop(at_once=True)
    until = time.monotonic() + PATIENCE
    while any(not machine.is_gone() for machine in machines) and time.monotonic() < until:
        time.sleep(0.02)
    for machine in machines:
        shutil.rmtree(machine.folder, ignore_errors=True)
    ALL.clear()
