#!/usr/bin/env bash
# Create .venv with everything in the given lock files, and with Atelier itself:
#   scripts/install.sh requirements-dev.lock [requirements-gpu.lock]
# Uses the interpreter PYTHON; by default, the first suitable one on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

is_supported='import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] < (3, 14)))'

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3 python}; do
        if "$candidate" -c "$is_supported" >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    if [ -n "${PYTHON:-}" ]; then
        echo "$PYTHON is not Python 3.11, 3.12 or 3.13. Choose another with: make install PYTHON=/path/to/python3.11" >&2
    else
        echo "Atelier needs Python 3.11, 3.12 or 3.13, but none is on the PATH." >&2
        echo "On Debian 12 or Ubuntu 24.04: sudo apt-get install python3 python3-venv" >&2
        echo "If it is elsewhere: make install PYTHON=/path/to/python3.11" >&2
    fi
    return 1
}

make_venv() {
    local python
    python=$(find_python)
    rm -rf .venv
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv .venv
    # Debian packages ensurepip separately; the system's pip can also install into an empty environment.
    elif "$python" -m venv --without-pip .venv 2>/dev/null &&
        "$python" -m pip --python .venv/bin/python install --quiet pip 2>/dev/null; then
        :
    else
        rm -rf .venv
        echo "$python can't create a virtual environment: its venv or ensurepip module is missing." >&2
        echo "On Debian and Ubuntu: sudo apt-get install python3-venv" >&2
        return 1
    fi
}

# pip prints several lines per package; print only each package's name as a sign of progress.
show_names() {
    local verb what rest
    while read -r verb what rest; do
        case $verb in
            Collecting) printf '%s ' "${what%%[=<>]*}" ;;
            Installing) printf '\nUnpacking …' ;;
        esac
    done
    echo
}

install() {
    PYTHONUNBUFFERED=1 .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off "$@"
}

# A virtual environment breaks if its Python is removed or upgraded, or if its folder is moved.
if ! .venv/bin/python -c "$is_supported" 2>/dev/null || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    make_venv
fi

for lock in "$@"; do
    echo "Installing $lock into .venv. TensorFlow is large, so the first time takes a few minutes:"
    install --require-hashes --requirement "$lock" | show_names
done
install --quiet --no-deps --no-build-isolation --editable .
echo "Installed: $(.venv/bin/python --version) in .venv"
