"""What surrounds the code keeps its promises: locks, Makefile, scripts, the images, the gate."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements-dev.lock", "requirements-cpu.lock", "requirements-gpu.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BASH = shutil.which("bash") or "/bin/bash"


def pinned(lock: str) -> dict[str, set[str]]:
    """Each pinned package with its versions; there are several where Pythons or machines differ."""
    pins: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if pin := re.match(r"([a-z0-9._-]+)==([^ ]+)", line):
            pins.setdefault(canonicalize_name(pin[1]), set()).add(pin[2])
    return pins


def make(*words: str, cwd: Path) -> str:
    """What make prints there, called as from a shell: `make test` may be what runs this."""
    inherited = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "GPU", "PYTHON", "ARGS"}
    environment = {name: value for name, value in os.environ.items() if name not in inherited}
    return subprocess.run(["make", *words], cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(requirement).name) for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_names_versions_and_hashes_only(lock: str) -> None:
    pin = re.compile(r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==[\w.+!]+( ; [^\\]+)? \\")
    digest = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?")
    comment = re.compile(r" *#[^/]*")  # nothing with a slash: no path, no address
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        assert any(kind.fullmatch(line) for kind in (pin, digest, comment)), line


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_a_hash(lock: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_locks_hold_everything_that_the_project_asks_for() -> None:
    needed = names(PROJECT["project"]["dependencies"])
    extras = {
        name: names(extra) - {"atelier-bot"} for name, extra in PROJECT["project"]["optional-dependencies"].items()
    }
    build = names([*PROJECT["build-system"]["requires"], *PROJECT["dependency-groups"]["build"]])
    assert needed | extras["demo"] | extras["test"] | build <= set(pinned("requirements-dev.lock"))
    assert needed | extras["postgres"] <= set(pinned("requirements-cpu.lock"))
    assert needed | extras["postgres"] | extras["gpu"] <= set(pinned("requirements-gpu.lock"))
    assert any(name.startswith("nvidia-cudnn") for name in pinned("requirements-gpu.lock"))


def test_the_images_run_the_versions_that_were_tested() -> None:
    tested = pinned("requirements-dev.lock")
    for lock in ("requirements-cpu.lock", "requirements-gpu.lock"):
        for name, versions in pinned(lock).items():
            if not name.startswith("nvidia-"):
                assert versions <= tested["tensorflow" if name == "tensorflow-cpu" else name], name


def test_the_locks_fit_what_the_project_allows() -> None:
    pins = pinned("requirements-dev.lock")
    extras = [entry for extra in PROJECT["project"]["optional-dependencies"].values() for entry in extra]
    for requirement in map(Requirement, [*PROJECT["project"]["dependencies"], *extras]):
        for version in pins.get(canonicalize_name(requirement.name), ()):
            assert requirement.specifier.contains(version), requirement


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = make(cwd=ROOT)
    assert set(re.findall(r"^ +make ([a-z]+) ", told, re.MULTILINE)) == targets
    assert {"install", "demo", "run", "test", "check", "bench", "lock", "clean"} <= targets


@pytest.mark.parametrize("target", ["demo", "run", "test", "check", "bench", "lock"])
def test_a_make_target_installs_first_what_it_needs(target: str, tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    told = make("-n", target, cwd=tmp_path)
    assert told.splitlines()[0].startswith("scripts/install.sh requirements-dev.lock")


@pytest.mark.parametrize("script", ["scripts/install.sh", "scripts/browser.sh", "scripts/postgres.sh", ".ci/run"])
def test_a_script_can_be_run_and_stops_at_the_first_failure(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    subprocess.run([BASH, "-n", str(path)], check=True)


class TestInstallation:
    """`scripts/install.sh` on machines that lack something, without installing anything."""

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
        tools = tmp_path / "tools"
        tools.mkdir()
        for tool in ("bash", "dirname", "env", "rm"):
            (tools / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
        return tmp_path

    def install(self, checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BASH, str(checkout / "scripts" / "install.sh")],
            env={"PATH": str(checkout / "tools"), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def python(self, checkout: Path, body: str) -> str:
        """A stand-in for a Python, as a shell script."""
        path = checkout / "tools" / "python3.11"
        path.write_text(f"#!{BASH}\n{body}\n")
        path.chmod(0o755)
        return str(path)

    def test_it_says_what_is_needed_where_there_is_no_python(self, checkout: Path) -> None:
        done = self.install(checkout)
        assert done.returncode == 1
        assert "Atelier needs Python 3.11, 3.12 or 3.13, but none is on the PATH." in done.stderr
        assert "apt-get install python3 python3-venv" in done.stderr

    def test_it_says_that_the_named_python_does_not_fit(self, checkout: Path) -> None:
        old = self.python(checkout, "exit 1")
        done = self.install(checkout, PYTHON=old)
        assert done.returncode == 1
        assert f"{old} is not Python 3.11, 3.12 or 3.13" in done.stderr

    def test_it_says_what_is_missing_where_no_environment_can_be_made(self, checkout: Path) -> None:
        bare = self.python(checkout, 'case "$*" in *version_info*) exit 0;; *) exit 1;; esac')
        done = self.install(checkout, PYTHON=bare)
        assert done.returncode == 1
        assert "its venv or ensurepip module is missing" in done.stderr
        assert "sudo apt-get install python3-venv" in done.stderr
        assert not (checkout / ".venv").exists()

    def test_it_fills_the_environment_with_the_pip_of_the_system_where_ensurepip_is_missing(
        self, checkout: Path
    ) -> None:
        asked = checkout / "asked"
        self.python(
            checkout,
            f'echo "$*" >> {asked}\n'
            'case "$*" in\n'
            '  *"import ensurepip"*) exit 1;;\n'
            f'  *"-m venv --without-pip"*) {shutil.which("mkdir")} -p .venv/bin; '
            f'{shutil.which("ln")} -s "$0" .venv/bin/python;;\n'
            "  *--version*) echo Python 3.11;;\n"
            "esac",
        )
        done = self.install(checkout)
        assert done.returncode == 0, done.stderr
        assert "-m pip --python .venv/bin/python install --quiet pip" in asked.read_text()
        assert "Installed: Python 3.11 in .venv" in done.stdout


def stages() -> dict[str, list[str]]:
    """The instructions of each stage of the Dockerfile."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    found: dict[str, list[str]] = {}
    for line in filter(None, joined.splitlines()):
        if start := re.fullmatch(r"FROM (\S+) AS (\w+)", line):
            found[start[2]] = [*found.get(start[1], [line])]
        else:
            found[next(reversed(found))].append(line)
    return found


@pytest.mark.parametrize("target", ["cpu", "gpu"])
class TestImage:
    """Each target of the Dockerfile, with what it inherits."""

    def test_it_is_a_slim_python_that_the_project_supports(self, target: str) -> None:
        assert stages()[target][0] == "FROM python:3.11-slim AS base"

    def test_it_has_one_user_for_the_bot_whose_data_is_nobody_elses_and_one_for_the_workers(self, target: str) -> None:
        (making,) = [line for line in stages()[target] if "useradd" in line]
        assert "useradd --uid 10001 --gid atelier" in making
        assert "useradd --uid 10002 --gid painter" in making
        assert "install --directory --owner=atelier --group=atelier --mode=700 /data" in making

    def test_it_installs_from_its_lock_with_hashes_and_leaves_no_cache(self, target: str) -> None:
        installing = [line for line in stages()[target] if "pip install" in line]
        assert len(installing) == 1
        assert "pip install --require-hashes" in installing[0]
        assert f"source=requirements-{target}.lock," in installing[0]
        assert "--mount=type=cache,target=/var/cache/pip" in installing[0]

    def test_it_has_no_build_tools(self, target: str) -> None:
        assert not [line for line in stages()[target] if "apt-get" in line]
        assert not {"hatchling", "pytest", "mypy", "simcord"} & set(pinned(f"requirements-{target}.lock"))

    def test_it_ends_in_order_keeps_its_data_and_tells_its_health(self, target: str) -> None:
        instructions = stages()[target]
        assert "STOPSIGNAL SIGTERM" in instructions
        assert "VOLUME /data" in instructions
        assert any("ATELIER_DATA_DIR=/data" in line for line in instructions)
        assert any(line.startswith("HEALTHCHECK ") and "docker/health.py" in line for line in instructions)
        assert any("ATELIER_HTTP__PORT=8080" in line for line in instructions)

    def test_it_starts_with_the_program_that_gives_root_up(self, target: str) -> None:
        instructions = stages()[target]
        assert not [line for line in instructions if line.startswith("USER ")]
        assert "WORKDIR /app" in instructions
        assert 'ENTRYPOINT ["/app/docker/start.sh"]' in instructions
        assert 'CMD ["run"]' in instructions


class TestStartOfTheImage:
    """`docker/start.sh`, with programs in the place of the system's that write down what they are asked."""

    @pytest.fixture
    def tools(self, tmp_path: Path) -> Path:
        (tools := tmp_path / "tools").mkdir()
        for name, program in {
            "python": 'echo "python $* as $(id -u), workers as ${ATELIER_ENGINE__USER:-the same}, home $HOME"',
            "chmod": 'echo "chmod $*"',
            "true": "exit 0",
            "id": "echo 0",
            "setpriv": "while case $1 in --*) true;; *) false;; esac; do shift; done; "
            'echo "$@" | grep -q ^true || echo "as atelier"; exec "$@"',
        }.items():
            (tools / name).write_text(f"#!/bin/sh\n{program}\n")
            (tools / name).chmod(0o755)
        (tools / "grep").symlink_to(str(shutil.which("grep")))
        return tools

    def start(self, tools: Path, **environment: str) -> list[str]:
        path = ROOT / "docker" / "start.sh"
        assert path.stat().st_mode & 0o111
        done = subprocess.run(
            ["/bin/sh", str(path), "run", "--register"],
            env={"PATH": str(tools), "HOME": "/root", "ATELIER_DATA_DIR": "/data", **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    def test_root_becomes_the_bot_s_user_and_the_workers_get_another(self, tools: Path) -> None:
        assert self.start(tools) == [
            "chmod u+rwx,go-rwx /data",
            "as atelier",
            "python -m bot run --register as 0, workers as painter, home /data",
        ]

    def test_the_bot_keeps_the_rights_to_start_and_end_its_workers_and_no_other(self) -> None:
        script = (ROOT / "docker" / "start.sh").read_text(encoding="utf-8")
        given = re.findall(r"--(?:inh|ambient)-caps=(\S+?)\"?$|--inh-caps=(\S+)", script, re.MULTILINE)
        assert {left for match in given for left in match if left} == {"-all,+setuid,+setgid,+kill"}
        assert "--reuid=atelier --regid=atelier --clear-groups --no-new-privs" in script

    def test_another_user_for_the_workers_can_be_set(self, tools: Path) -> None:
        assert "workers as 4242" in self.start(tools, ATELIER_ENGINE__USER="4242")[-1]

    def test_whoever_is_not_root_stays_who_they_are(self, tools: Path) -> None:
        (tools / "id").write_text("#!/bin/sh\necho 1000\n")
        assert self.start(tools) == ["python -m bot run --register as 1000, workers as the same, home /root"]

    def test_root_without_the_rights_of_root_starts_as_well(self, tools: Path) -> None:
        (tools / "setpriv").write_text("#!/bin/sh\nexit 1\n")
        assert self.start(tools) == ["python -m bot run --register as 0, workers as the same, home /root"]


def test_the_image_with_a_gpu_asks_the_container_toolkit_for_it() -> None:
    assert any("NVIDIA_VISIBLE_DEVICES=all" in line for line in stages()["gpu"])
    assert not any("NVIDIA" in line for line in stages()["cpu"])


def test_only_what_runs_goes_into_an_image() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    programs = {"docker/health.py", "docker/start.sh"}
    assert {"bot", "config", "stylizer", *programs, "pyproject.toml", "LICENSE", "NOTICE"} <= let_in
    assert not {"tests", "docs", "data", ".git", ".venv"} & let_in
    assert all((ROOT / path).exists() for path in let_in)


def test_the_gate_is_the_one_that_people_use() -> None:
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line.partition("#")[0].strip() for line in gate.splitlines()]
    assert "export CI=true" in commands
    assert [line for line in commands if line.startswith("make ")] == ["make check", "make test"]
    assert [line for line in commands if line][-1] == "make test"


def test_the_attribution_of_the_weights_is_complete() -> None:
    for page in ("NOTICE", "stylizer/weights/README.md"):
        told = (ROOT / page).read_text(encoding="utf-8")
        for part in (
            "Karen Simonyan",
            "Visual Geometry Group, University of Oxford",
            "Creative Commons Attribution 4.0",
            "https://creativecommons.org/licenses/by/4.0/",
            "1409.1556",
            "16-bit floats",
            "Keras",
        ):
            assert part in told, f"{page} lacks {part}"
    assert PROJECT["project"]["license-files"] == ["LICENSE", "NOTICE"]


def test_the_commit_hooks_use_the_pinned_tools() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"entry: (\S+)", hooks)
    assert entries
    assert all(entry.startswith(".venv/bin/") for entry in entries)
    assert "repo: local" in hooks
