#!/bin/sh
# Starts the bot in the image: `docker run atelier WORDS` is `python -m bot WORDS`.
#
# The container starts as root, only to give that up: the bot runs as `atelier`, and all that is left to it is to start
# and end its workers as `painter`, who can read neither the data directory nor what the bot was started with. Where that
# isn't allowed (`docker run --user`, dropped capabilities), bot and workers run as whoever the container starts as.
set -eu

as_atelier="setpriv --reuid=atelier --regid=atelier --clear-groups --no-new-privs"
as_atelier="$as_atelier --inh-caps=-all,+setuid,+setgid,+kill --ambient-caps=-all,+setuid,+setgid,+kill"

if [ "$(id -u)" = 0 ] && $as_atelier true 2>/dev/null; then
    chmod u+rwx,go-rwx "$ATELIER_DATA_DIR" || echo "The workers can read $ATELIER_DATA_DIR." >&2
    export HOME="$ATELIER_DATA_DIR" ATELIER_ENGINE__USER="${ATELIER_ENGINE__USER:-painter}"
    exec $as_atelier python -m bot "$@"
fi
exec python -m bot "$@"
