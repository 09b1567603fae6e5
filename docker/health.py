"""Check the bot in this container: exit code 0 if it is ready, else print the problem and exit with 1."""

from __future__ import annotations

import json
import os
import sys
from http.client import HTTPConnection, HTTPException

RESPONSE_TIMEOUT_SECONDS = 4.0
"""Shorter than HEALTHCHECK's own timeout, so that this program gets to print the problem."""
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only compared with; nothing listens here
"""Where to reach a server that listens on all addresses."""


def main() -> int:
    """Check the bot at the address in its environment variables; the image sets the port."""
    host = os.environ.get("ATELIER_HTTP__HOST", "127.0.0.1")
    problem = find_problem(LOOPBACK.get(host, host), int(os.environ["ATELIER_HTTP__PORT"]))
    print(problem or "The bot is ready.")
    return 1 if problem else 0


def find_problem(host: str, port: int) -> str | None:
    """Return the problems of the bot at this address, or None if it is ready."""
    connection = HTTPConnection(host, port, timeout=RESPONSE_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        report = json.load(connection.getresponse())
        return " ".join(report["problems"].values()) or None
    except (OSError, HTTPException, ValueError, LookupError) as error:
        return f"The bot doesn't answer: {error}."
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
