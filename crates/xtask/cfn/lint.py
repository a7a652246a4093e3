"""Holds rendered CloudFormation templates against cfn-lint, checkov and cfn-guard with AWS Control Tower's rules.

    lint.py TEMPLATES_FOLDER SCRATCH_FOLDER

cfn-lint must find nothing at all. What the other two find must be explained in explained.txt, and what is explained
there must still be found. Prints what is wrong; ends with 1 if anything is.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).parent
BIN = pathlib.Path(sys.executable).parent


def main(templates: pathlib.Path, scratch: pathlib.Path) -> int:
    files = sorted(templates.glob("*/*.yaml"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        lint = pool.submit(cfn_lint, files)
        found = [pool.submit(checkov, templates), pool.submit(cfn_guard, templates, scratch)]
        wrong = lint.result()
        findings = collections.defaultdict(set)
        for tool in found:
            for name, place in tool.result():
                findings[name].add(place)
    explained = read_explained()
    for name, places in sorted(findings.items()):
        if name not in explained:
            wrong.append(f"{name}: {', '.join(sorted(places)[:5])}")
    for name in sorted(explained - findings.keys()):
        wrong.append(f"{name} is explained in explained.txt, and nothing finds it")
    for line in wrong:
        print(line)
    left = f"{len(findings)} kinds of findings, all explained" if not wrong else f"{len(wrong)} wrong"
    print(f"    {len(files)} templates: {left}")
    return 1 if wrong else 0


def read_explained() -> set:
    lines = (HERE / "explained.txt").read_text().splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def run(command: list) -> subprocess.CompletedProcess:
    # Nothing is asked of the network.
    quiet = {"BC_SKIP_MAPPING": "TRUE", "LOG_LEVEL": "ERROR", "CHECKOV_RUN_SCA_PACKAGE_SCAN_V2": "false"}
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, env={**os.environ, **quiet}
    )


def cfn_lint(files: list) -> list:
    # A property of EMR's that cfn-lint does not know yet.
    schema = HERE / "cfn-lint-schema.json"
    # I3042: we are in the commercial partition alone. I1022: Control Tower's rule reads Join, and no Sub.
    checks = ["--include-checks", "I", "--ignore-checks", "I3042", "I1022"]
    done = run([BIN / "cfn-lint", *checks, "--override-spec", schema, "--", *files])
    return [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]


def checkov(folder: pathlib.Path) -> list:
    command = [BIN / "checkov", "--directory", folder, "--framework", "cloudformation"]
    done = run([*command, "--skip-download", "--compact", "--quiet", "--output", "json"])
    try:
        results = json.loads(done.stdout)["results"]
    except (ValueError, KeyError, TypeError):
        return [("checkov", done.stdout[-2000:] + done.stderr[-2000:])]
    broken = [("checkov", f"cannot read {name}") for name in results.get("parsing_errors", [])]
    return broken + [(found["check_id"], found["resource"]) for found in results["failed_checks"]]


def cfn_guard(folder: pathlib.Path, scratch: pathlib.Path) -> list:
    program, rules, names = unpack(scratch)
    command = [program, "validate", "--rules", rules, "--data", folder, "--structured"]
    done = run([*command, "--output-format", "json", "--show-summary", "none"])
    try:
        reports = json.loads(done.stdout)
    except ValueError:
        return [("cfn-guard", done.stdout[-2000:] + done.stderr[-2000:])]
    found = []
    for report in reports:
        path = pathlib.Path(report["name"])
        for rule in report["not_compliant"]:
            name = rule["Rule"]["name"]
            found.append((names.get(name, name), f"{path.parent.name}/{path.name}"))
    return found


def unpack(scratch: pathlib.Path) -> tuple:
    """The program for this machine, the folder of its rules, and the control that each rule is of."""
    system = "macos" if sys.platform == "darwin" else "ubuntu"
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    wanted = f"package/bin/{system}/{machine}/cfn-guard"
    (packed,) = (BIN.parent / "lib").glob("python*/site-packages/cdklabs/cdk_validator_cfnguard/_jsii/*.tgz")
    program, rules, names = scratch / "cfn-guard", scratch / "rules", {}
    rules.mkdir(parents=True, exist_ok=True)
    with tarfile.open(packed) as archive:
        for member in archive:
            if member.name == wanted:
                program.write_bytes(archive.extractfile(member).read())
                program.chmod(0o755)
            elif member.name.endswith(".guard"):
                text = archive.extractfile(member).read().decode()
                (rules / pathlib.Path(member.name).name).write_text(text)
                control = re.search(r"\[(CT\.[A-Z0-9.]+)\]", text)
                for rule in re.findall(r"^rule (\w+)", text, re.MULTILINE):
                    if control and rule.endswith("_check"):
                        names[rule] = control[1]
    return program, rules, names


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
