"""Keeps the bot's secrets from its workers: their environment, their user, and what they can see of the bot.

A worker decodes strangers' files, so it is treated as if one of them had taken it over, and not trusted to behave: its
environment is made before its process starts, and it drops its privileges before it reads the first picture. If the bot
runs as root, or may change users, workers run as another user. Otherwise, on Linux, the bot closes its own memory and
environment to processes of its user.
"""

from __future__ import annotations

import ctypes
import logging
import os
import pwd
import re
import stat
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stylizer.errors import UnusableUser

log = logging.getLogger(__name__)

DEFAULT_USER = "nobody"
CODE = (sys.prefix, sys.base_prefix, Path(__file__).parent)
"""The folders of what a worker runs."""
_NOBODY_ID = 65534
_HIGHEST_ID = 2**32 - 2

_PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "CONDA_PREFIX", "XDG_CACHE_HOME"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    }
)
_PASSED_ON_PREFIXES = (
    *("LC_", "LD_", "DYLD_", "MALLOC_", "PYTHON"),
    *("CUDA_", "NVIDIA_", "NCCL_", "TF_", "XLA_", "KERAS_"),
    *("OMP_", "GOMP_", "KMP_", "MKL_", "DNNL_", "ONEDNN_", "OPENBLAS_"),
)
"""Settings of the locale, the linker, TensorFlow and the libraries below it. A worker needs nothing else."""
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})
"""For downloading Keras's own weights; passed on only if they contain no password."""
_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|KEY", re.IGNORECASE)

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 1, 4, 38, 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_KILL, _CAP_SETGID, _CAP_SETUID = 5, 6, 7


@dataclass(frozen=True, slots=True)
class WorkerUser:
    """The user that workers run as."""

    uid: int
    gid: int


def worker_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that a worker needs: no settings, no token, no database URL."""
    return {name: value for name, value in environment.items() if _is_passed_on(name, value)}


def program_environment() -> dict[str, str]:
    """The same part of this process's environment, for a Python that finds the code where this process does."""
    code = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)  # noqa: PTH100
    return {**worker_environment(os.environ), "PYTHONPATH": code}


def _is_passed_on(name: str, value: str) -> bool:
    if name.lower() in _PROXIES:
        return "@" not in value
    return (name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)) and not _SECRET.search(name)


def worker_user(name: str | None, *, may_change: bool) -> WorkerUser | None:
    """The user that workers run as, by name or number; None for this process's user.

    Without a name it is `nobody`, if this process `may_change` its user. Raises `UnusableUser` for a user that doesn't
    exist, or that this process may not become.
    """
    if name is None:
        if not may_change:
            return None
        with suppress(KeyError):
            return _other_user(pwd.getpwnam(DEFAULT_USER))
        return WorkerUser(_NOBODY_ID, _NOBODY_ID)
    try:
        user = _other_user(pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name))
    except KeyError as error:
        if not name.isdecimal() or int(name) > _HIGHEST_ID:
            raise UnusableUser(name, "there is no such user") from error
        user = WorkerUser(int(name), int(name))  # common in containers: a number without a name
    if user is not None and not may_change:
        raise UnusableUser(name, "only root may start processes as another user")
    return user


def _other_user(entry: pwd.struct_passwd) -> WorkerUser | None:
    return None if entry.pw_uid == os.geteuid() else WorkerUser(entry.pw_uid, entry.pw_gid)


def can_read_code(user: WorkerUser, *, folders: Iterable[str | Path] = CODE) -> bool:
    """Whether a user can read Python, its packages and this one, which it can't if they are in root's home."""
    return all(_can_reach(Path(folder).resolve(), user) for folder in folders)


def _can_reach(folder: Path, user: WorkerUser) -> bool:
    for step in (folder, *folder.parents):
        found = step.stat()
        if user.uid == found.st_uid:
            allowed = stat.S_IXUSR
        elif user.gid == found.st_gid:
            allowed = stat.S_IXGRP
        else:
            allowed = stat.S_IXOTH
        if not found.st_mode & allowed:
            return False
    return True


def may_change_user() -> bool:
    """Whether this process can start processes as another user, and kill them."""
    if sys.platform != "linux":
        return os.geteuid() == 0
    status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    effective = int(re.findall(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)[0], 16)
    return all(effective >> capability & 1 for capability in (_CAP_KILL, _CAP_SETGID, _CAP_SETUID))


def forbid_inspection() -> None:
    """Close this process's memory, environment and open files to other processes of its user; on Linux.

    Root can still look. This also prevents debuggers and core dumps.
    """
    if sys.platform == "linux":
        try:
            _prctl(_PR_SET_DUMPABLE, 0)
        except OSError:
            log.warning("Can't close this process to others of its user", exc_info=True)


def forbid_new_privileges() -> None:
    """Keep this process, and those that it starts, from ever gaining privileges, as with `sudo`; on Linux.

    This applies only to threads that are started later, so call it first.
    """
    if sys.platform == "linux":
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def become(user: WorkerUser) -> None:
    """Change this process, with all its threads, to another user for good.

    A process that isn't root may do so by a capability of each thread, so call this before there is a second one.
    """
    os.setgroups([])
    os.setgid(user.gid)
    os.setuid(user.uid)
    if sys.platform == "linux":
        _drop_capabilities()
    with suppress(PermissionError):
        os.setuid(0)
        raise RuntimeError("the change to another user can be undone")


def die_with_parent(signal_number: int) -> None:
    """Receive this signal when the thread that started this process ends; on Linux, until the user changes."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal_number)


def _drop_capabilities() -> None:
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _check(ctypes.CDLL(None, use_errno=True).capset(header, none))


def _prctl(option: int, value: int) -> None:
    _check(ctypes.CDLL(None, use_errno=True).prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
