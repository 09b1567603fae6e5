"""`python -m stylizer`: runs the command of `cli/`; every error is one line on standard error.

Exit codes: 0 for a painting, 2 for what the user can fix, 1 for what the machine couldn't do, 130 for Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

_USER_ERROR = 2
_FAILURE = 1
_INTERRUPTED = 130


def run() -> NoReturn:
    """Run the command and end the process with its exit code."""
    try:
        exit_code = run_command(sys.argv[1:])
        if sys.stdout is not None:  # it is if it was closed, as by a shell's `>&-`
            sys.stdout.flush()
    except BrokenPipeError:
        exit_code = _FAILURE  # nobody reads the output anymore
    except OSError as error:
        exit_code = _fail(f"Can't print the result: {(error.strerror or 'unknown reason').lower()}.", _FAILURE)
    # Python would flush once more on exit, and complain again.
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the process ends
    sys.exit(exit_code)


def run_command(arguments: Sequence[str]) -> int:
    """Run the command, with every error as one line on standard error, and return its exit code."""
    try:
        # Importing takes a moment, in which a user may also press Ctrl-C.
        from stylizer.cli import main  # noqa: PLC0415 - inside the try, for Ctrl-C

        with main.make_context("python -m stylizer", list(arguments)) as context:
            main.invoke(context)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - no traceback reaches a user, whatever a library raises
        return _explain(error)
    return 0


def _explain(error: BaseException) -> int:
    import click  # noqa: PLC0415 - inside `run`, for Ctrl-C

    from stylizer.errors import PoolError, StylizerError  # noqa: PLC0415 - as above

    match error:
        case click.exceptions.Exit(exit_code=exit_code):
            return exit_code
        case KeyboardInterrupt() | click.Abort():
            return _fail("Stopped.", _INTERRUPTED)
        case click.ClickException():
            return _fail(error.format_message(), error.exit_code)  # 2 where the usage is wrong
        case StylizerError():
            return _fail(str(error), _FAILURE if isinstance(error, PoolError) else _USER_ERROR)
        case OSError(filename=None):
            raise error
        case OSError(filename=name, strerror=reason):
            return _fail(f"Can't use {name}: {(reason or 'unknown reason').lower()}.", _USER_ERROR)
    problem = f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError):
        problem = "there isn't enough memory. Raise the limit of this process (ulimit), or free some."
    return _fail(f"The painting failed: {problem}", _FAILURE)


def _fail(sentence: str, exit_code: int) -> int:
    print(f"stylizer: {' '.join(sentence.split())}", file=sys.stderr)  # noqa: T201 - click may not be imported yet
    return exit_code


if __name__ == "__main__":
    run()
