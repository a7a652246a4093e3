"""What a machine's `systemctl` is used for: `enable --now` of one service, which is then started again whenever it ends.

The unit's command, environment and restart are obeyed; its walls are not there.
"""

import os
import shlex
import subprocess
import sys
import time

ROOT = os.environ["RUNNER_ROOT"]
PID, OFF = os.path.join(ROOT, "service.pid"), os.path.join(ROOT, "service.off")


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    if words == ["daemon-reload"]:
        return 0
    if words[:1] != ["enable"] or len(words) != 2 or "--now" not in sys.argv:
        print(f"systemctl: only daemon-reload and enable --now are there: {' '.join(sys.argv[1:])}", file=sys.stderr)
        return 1
    unit = read(os.path.join(ROOT, "etc/systemd/system", f"{words[1]}.service"))
    if os.fork() == 0:
        keep(unit)
    return 0


def read(path):
    """The settings of a unit, each with all its values."""
    unit = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            name, found, value = line.strip().partition("=")
            if found and not name.startswith("#"):
                unit.setdefault(name, []).append(value)
    return unit


def keep(unit):
    """Runs the service, and again after its pause, until the machine ends."""
    command = shlex.split(unit["ExecStart"][-1])
    command[0] = ROOT + command[0]
    environment = dict(os.environ)
    for pair in unit.get("Environment", []):
        name, _, value = pair.strip('"').partition("=")
        environment[name] = value
    with open(os.path.join(ROOT, "var/log/service.log"), "ab") as log:
        while True:
            while os.path.exists(OFF):
                time.sleep(0.05)
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            with open(PID, "w", encoding="utf-8") as file:
                file.write(str(process.pid))
            until_end(process)
            os.remove(PID)
            if unit.get("Restart") != ["always"]:
                os._exit(0)
            time.sleep(float(unit.get("RestartSec", ["0.1"])[-1]))


def until_end(process):
    """Waits for the service; where the test bed was killed, ends with it."""
    while True:
        try:
            process.wait(1)
            return
        except subprocess.TimeoutExpired:
            pass
        try:
            os.kill(int(os.environ["RUNNER_BED"]), 0)
        except ProcessLookupError:
            process.kill()
            os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
