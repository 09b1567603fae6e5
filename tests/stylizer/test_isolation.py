"""A worker's environment and user; `pool/test_hostile_workers.py` has the rest."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from stylizer.errors import UnusableUser
from stylizer.isolation import WorkerUser, can_read_code, worker_environment, worker_user

NEEDED = {
    "PATH": "/usr/bin",
    "HOME": "/home/atelier",
    "LANG": "en_US.UTF-8",
    "LC_ALL": "C",
    "LD_LIBRARY_PATH": "/usr/lib/cuda",
    "CUDA_VISIBLE_DEVICES": "0",
    "NVIDIA_DRIVER_CAPABILITIES": "compute",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "XLA_FLAGS": "",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_CORETYPE": "HASWELL",
    "PYTHONDONTWRITEBYTECODE": "1",
    "VIRTUAL_ENV": "/opt/atelier/.venv",
    "https_proxy": "http://proxy:3128",
}
SECRET = {
    "ATELIER_DISCORD__TOKEN": "secret",
    "ATELIER_DATABASE_URL": "postgresql+asyncpg://atelier:secret@db/atelier",
    "ATELIER_ENGINE__WORKERS": "1",
    "DATABASE_URL": "secret",
    "DISCORD_TOKEN": "secret",
    "PGPASSWORD": "secret",
    "PGHOST": "db",
    "POSTGRES_PASSWORD": "secret",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "GITHUB_TOKEN": "secret",
    "PYTHON_REGISTRY_TOKEN": "secret",
    "TF_API_KEY": "secret",
    "SSH_AUTH_SOCK": "/run/agent",
    "CREDENTIALS_DIRECTORY": "/run/credentials",
    "HTTPS_PROXY": "http://user:secret@proxy:3128",
}


def test_a_worker_gets_only_what_it_needs_to_paint() -> None:
    assert worker_environment({**NEEDED, **SECRET}) == NEEDED


def test_workers_run_as_nobody_or_the_named_user_if_the_bot_may_change_users() -> None:
    nobody = pwd.getpwnam("nobody")
    assert worker_user(None, may_change=True) == WorkerUser(nobody.pw_uid, nobody.pw_gid)
    daemon = WorkerUser(*pwd.getpwnam("daemon")[2:4])
    assert worker_user("daemon", may_change=True) == worker_user(str(daemon.uid), may_change=True) == daemon
    assert worker_user("54321", may_change=True) == WorkerUser(54321, 54321)
    assert worker_user(pwd.getpwuid(os.geteuid()).pw_name, may_change=True) is None


def test_without_permission_to_change_users_workers_run_as_the_bots_user() -> None:
    assert worker_user(None, may_change=False) is None
    with pytest.raises(UnusableUser, match="can't run as 54321: only root may start processes as another user"):
        worker_user("54321", may_change=False)


@pytest.mark.parametrize("name", ["no-such-user", "-5", "9" * 30])
def test_a_missing_user_is_reported_by_name(name: str) -> None:
    with pytest.raises(UnusableUser, match=f"can't run as {name}: there is no such user"):
        worker_user(name, may_change=True)


def test_a_process_that_changed_its_user_cannot_change_back() -> None:
    program = (
        "import os, sys\n"
        "from stylizer.isolation import *\n"
        "forbid_new_privileges()\n"
        "user = worker_user(None, may_change=may_change_user())\n"
        "if user is not None: become(user)\n"
        "assert os.getuid() == os.geteuid() == (user.uid if user else os.getuid())\n"
        "try: os.setuid(0)\n"
        "except PermissionError: print('for good')\n"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout == "for good\n"


@pytest.mark.parametrize(("mode", "reach"), [(0o700, "own"), (0o710, "own, group"), (0o711, "own, group, others")])
def test_folder_permissions_decide_which_worker_users_can_read_the_code(mode: int, reach: str) -> None:
    users = {
        "own": WorkerUser(os.getuid(), 54321),
        "group": WorkerUser(54321, os.getgid()),
        "others": WorkerUser(54321, 54321),
    }
    with tempfile.TemporaryDirectory() as home:
        (code := Path(home) / "atelier").mkdir()
        Path(home).chmod(mode)
        assert ", ".join(name for name, user in users.items() if can_read_code(user, folders=[code])) == reach
