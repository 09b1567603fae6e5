#!/usr/bin/env bash
# Make sure that PostgreSQL's server programs are installed: the storage tests start a temporary server with them.
# In CI, install Debian's. Elsewhere that is up to the owner, because Debian's package starts a server at boot.
# If they are missing, say so on standard error and fail.
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
echo "PostgreSQL is missing. Install it to run the storage tests on it too (Debian: sudo apt-get install postgresql)." >&2
exit 1
