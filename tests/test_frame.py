"""The files around the code: locks, Makefile, scripts, images."""

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
BASH = shutil.which("bash") or "/bin/bash"


def pinned(lock: str) -> dict[str, set[str]]:
    """Return each pinned package's versions; there are several if Python versions or machines differ."""
    pins: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if pin := re.match(r"([a-z0-9._-]+)==([^ ]+)", line):
            pins.setdefault(canonicalize_name(pin[1]), set()).add(pin[2])
    return pins


def make(*words: str, cwd: Path) -> str:
    """Return what make prints in a folder, called as from a shell, because `make test` may run this test."""
    inherited = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "GPU", "PYTHON", "ARGS"}
    environment = {name: value for name, value in os.environ.items() if name not in inherited}
    return subprocess.run(["make", *words], cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(requirement).name) for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_only_names_versions_and_hashes(lock: str) -> None:
    pin = re.compile(r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==[\w.+!]+( ; [^\\]+)? \\")
    digest = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?")
    comment = re.compile(r" *#[^/]*")  # no slash: no path, no URL
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        assert any(kind.fullmatch(line) for kind in (pin, digest, comment)), line


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_a_hash(lock: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_locks_have_everything_the_project_requires() -> None:
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


def test_the_locks_are_within_the_bounds_of_the_project() -> None:
    pins = pinned("requirements-dev.lock")
    extras = [entry for extra in PROJECT["project"]["optional-dependencies"].values() for entry in extra]
    for requirement in map(Requirement, [*PROJECT["project"]["dependencies"], *extras]):
        for version in pins.get(canonicalize_name(requirement.name), ()):
            assert requirement.specifier.contains(version), requirement


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    shown = make(cwd=ROOT)
    assert set(re.findall(r"^ +make ([a-z]+) ", shown, re.MULTILINE)) == targets
    assert {"install", "demo", "run", "test", "quick", "check", "bench", "lock", "clean"} <= targets


@pytest.mark.parametrize("target", ["demo", "run", "test", "quick", "check", "bench", "lock"])
def test_a_make_target_first_installs_what_it_needs(target: str, tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    output = make("-n", target, cwd=tmp_path)
    assert output.splitlines()[0].startswith("scripts/install.sh requirements-dev.lock")


@pytest.mark.parametrize("script", ["scripts/install.sh", "scripts/browser.sh", "scripts/postgres.sh", ".ci/run"])
def test_a_script_can_be_run(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
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
        """Write a shell script that stands in for a Python."""
        path = checkout / "tools" / "python3.11"
        path.write_text(f"#!{BASH}\n{body}\n")
        path.chmod(0o755)
        return str(path)

    def test_it_says_what_is_needed_if_there_is_no_python(self, checkout: Path) -> None:
        done = self.install(checkout)
        assert done.returncode == 1
        assert "Atelier needs Python 3.11, 3.12 or 3.13, but none is on the PATH." in done.stderr
        assert "apt-get install python3 python3-venv" in done.stderr

    def test_it_says_that_the_named_python_is_unsuitable(self, checkout: Path) -> None:
        old = self.python(checkout, "exit 1")
        done = self.install(checkout, PYTHON=old)
        assert done.returncode == 1
        assert f"{old} is not Python 3.11, 3.12 or 3.13" in done.stderr

    def test_it_says_what_is_missing_if_no_environment_can_be_created(self, checkout: Path) -> None:
        bare = self.python(checkout, 'case "$*" in *version_info*) exit 0;; *) exit 1;; esac')
        done = self.install(checkout, PYTHON=bare)
        assert done.returncode == 1
        assert "its venv or ensurepip module is missing" in done.stderr
        assert "sudo apt-get install python3-venv" in done.stderr
        assert not (checkout / ".venv").exists()

    def test_it_uses_the_systems_pip_if_ensurepip_is_missing(self, checkout: Path) -> None:
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


@pytest.mark.parametrize("lock", ["requirements-cpu.lock", "requirements-gpu.lock"])
def test_an_image_excludes_test_and_build_dependencies(lock: str) -> None:
    assert not {"hatchling", "pytest", "mypy", "simcord", "playwright"} & set(pinned(lock))


class TestStartOfTheImage:
    """`docker/start.sh`, with programs in place of the system's that report how they are called."""

    @pytest.fixture
    def tools(self, tmp_path: Path) -> Path:
        (tools := tmp_path / "tools").mkdir()
        for name, program in {
            "python": 'echo "python $* as $(id -u), workers as ${ATELIER_ENGINE__USER:-the same}, home $HOME"',
            "install": 'echo "install $*"',
            "true": "exit 0",
            "id": "echo 0",
            "setpriv": "while case $1 in --reuid=*) user=${1#*=};; --ambient-caps=*) rights=${1#*=};; --*) ;; "
            '*) false;; esac; do shift; done; [ "$1" = true ] || echo "as $user, who may $rights"; exec "$@"',
        }.items():
            (tools / name).write_text(f"#!/bin/sh\n{program}\n")
            (tools / name).chmod(0o755)
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

    def test_root_becomes_the_bots_user_and_the_workers_get_another(self, tools: Path) -> None:
        assert self.start(tools) == [
            "install -d -m 700 -o atelier -g atelier /data",
            "as atelier, who may -all,+setuid,+setgid,+kill",
            "python -m bot run --register as 0, workers as painter, home /data",
        ]

    def test_another_user_for_the_workers_can_be_set(self, tools: Path) -> None:
        assert "workers as 4242" in self.start(tools, ATELIER_ENGINE__USER="4242")[-1]

    def test_a_user_other_than_root_is_kept(self, tools: Path) -> None:
        (tools / "id").write_text("#!/bin/sh\necho 1000\n")
        assert self.start(tools) == ["python -m bot run --register as 1000, workers as the same, home /root"]

    def test_root_without_root_capabilities_starts_too(self, tools: Path) -> None:
        (tools / "setpriv").write_text("#!/bin/sh\nexit 1\n")
        assert self.start(tools) == ["python -m bot run --register as 0, workers as the same, home /root"]
