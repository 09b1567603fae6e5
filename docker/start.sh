#!/bin/sh
# Starts the bot in the image: `docker run atelier ARGUMENTS` runs `python -m bot ARGUMENTS`.
#
# The container starts as root only to drop root at once: the bot runs as `atelier`, with just enough capabilities to
# start and kill its workers as `painter`. That user can read neither the data directory nor the bot's environment. If
# that isn't allowed (`docker run --user`, dropped capabilities), bot and workers run as the container's user.
set -eu

as_atelier="setpriv --reuid=atelier --regid=atelier --clear-groups --no-new-privs"
as_atelier="$as_atelier --inh-caps=-all,+setuid,+setgid,+kill --ambient-caps=-all,+setuid,+setgid,+kill"

if [ "$(id -u)" = 0 ] && $as_atelier true 2>/dev/null; then
    install -d -m 700 -o atelier -g atelier "$ATELIER_DATA_DIR" || echo "Warning: the workers can read $ATELIER_DATA_DIR." >&2
    export HOME="$ATELIER_DATA_DIR" ATELIER_ENGINE__USER="${ATELIER_ENGINE__USER:-painter}"
    exec $as_atelier python -m bot "$@"
fi
exec python -m bot "$@"
