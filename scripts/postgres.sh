#!/usr/bin/env bash
# See that there are PostgreSQL's server programs for the storage tests, which start a throw-away server with them.
# In CI install Debian's. By hand it is left to whoever's machine it is: Debian starts a server along with every boot.
# Without them, say what is missing on standard error and fail.
set -euo pipefail

found() {
    command -v pg_ctl >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' >/dev/null
}

if found; then
    exit 0
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
    as_root=(sudo -n)
fi
if [ -n "${CI:-}" ] && command -v apt-get >/dev/null; then
    echo "Installing Debian's postgresql for the storage tests …"
    export DEBIAN_FRONTEND=noninteractive
    if "${as_root[@]}" apt-get update -qq >/dev/null &&
        "${as_root[@]}" apt-get install -y -qq --no-install-recommends postgresql >/dev/null && found; then
        exit 0
    fi
fi
echo "There is no PostgreSQL: install it (Debian: sudo apt-get install postgresql) to run the storage tests on it too." >&2
exit 1
