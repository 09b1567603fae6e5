"""Is the bot in this container ready? Exit 0 when it says so itself, else 1 and what is wrong."""

from __future__ import annotations

import json
import os
import sys
from http.client import HTTPConnection, HTTPException

PATIENCE_SECONDS = 4.0
"""Less than the HEALTHCHECK's, so that it is this program that tells what is wrong."""
THIS_MACHINE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens here; it is asked
"""Where a server that listens everywhere can be asked."""


def main() -> int:
    """Ask the bot where its variables say that it listens; the image sets the port."""
    host = os.environ.get("ATELIER_HTTP__HOST", "127.0.0.1")
    problem = find_problem(THIS_MACHINE.get(host, host), int(os.environ["ATELIER_HTTP__PORT"]))
    print(problem or "The bot is ready.")
    return 1 if problem else 0


def find_problem(host: str, port: int) -> str | None:
    """What is wrong with the bot that listens there; None when it is ready."""
    connection = HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        told = json.load(connection.getresponse())
        return " ".join(told["problems"].values()) or None
    except (OSError, HTTPException, ValueError, LookupError) as error:
        return f"The bot does not answer: {error}."
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
