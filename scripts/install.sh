#!/usr/bin/env bash
# Make .venv with everything that the given lock files pin, and Atelier itself:
#   scripts/install.sh requirements-dev.lock [requirements-gpu.lock]
# PYTHON names the interpreter to use; without it the first fitting one of the PATH is taken.
set -euo pipefail
cd "$(dirname "$0")/.."

fits='import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] < (3, 14)))'

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3 python}; do
        if "$candidate" -c "$fits" >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    if [ -n "${PYTHON:-}" ]; then
        echo "$PYTHON is not a Python from 3.11 to 3.13; name another with: make install PYTHON=/path/to/python3.11" >&2
    else
        echo "Atelier needs Python 3.11, 3.12 or 3.13, and there is none on the PATH." >&2
        echo "On Debian 12 or Ubuntu 24.04: sudo apt-get install python3 python3-venv" >&2
        echo "Elsewhere it may be named: make install PYTHON=/path/to/python3.11" >&2
    fi
    return 1
}

make_venv() {
    local python
    python=$(find_python)
    rm -rf .venv
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv .venv
    # Debian ships ensurepip apart from Python; the pip of the system can fill an empty environment as well.
    elif "$python" -m venv --without-pip .venv 2>/dev/null &&
        "$python" -m pip --python .venv/bin/python install --quiet pip 2>/dev/null; then
        :
    else
        rm -rf .venv
        echo "$python cannot make a virtual environment: its venv or ensurepip module is missing." >&2
        echo "On Debian and Ubuntu: sudo apt-get install python3-venv" >&2
        return 1
    fi
}

# pip prints several lines a package; this prints each name as pip comes to it, so that one sees it move.
show_names() {
    local verb what rest
    while read -r verb what rest; do
        case $verb in
            Collecting) printf '%s ' "${what%%[=<>]*}" ;;
            Installing) printf '\nUnpacking them …' ;;
        esac
    done
    echo
}

install() {
    PYTHONUNBUFFERED=1 .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off "$@"
}

# A virtual environment breaks when its Python is removed or upgraded, or when its folder is moved.
if ! .venv/bin/python -c "$fits" 2>/dev/null || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    make_venv
fi

for lock in "$@"; do
    echo "Installing what $lock pins into .venv; TensorFlow is large, so the first time takes some minutes:"
    install --require-hashes --requirement "$lock" | show_names
done
install --quiet --no-deps --no-build-isolation --editable .
echo "Installed: $(.venv/bin/python --version) in .venv"
