#!/usr/bin/env bash
# Make sure that there is a Chromium for the browser tests: install Debian's if that is possible without a password.
# If there is none, say so on standard error and fail.
set -euo pipefail

for browser in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$browser" >/dev/null; then
        exit 0
    fi
done

as_root=()
if [ "$(id -u)" != 0 ]; then
    as_root=(sudo -n)
fi
if command -v apt-get >/dev/null && { [ ${#as_root[@]} = 0 ] || sudo -n true 2>/dev/null; }; then
    echo "Installing Debian's chromium and two fonts for the browser tests …"
    export DEBIAN_FRONTEND=noninteractive
    if "${as_root[@]}" apt-get update -qq >/dev/null &&
        "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
            chromium fonts-dejavu-core fonts-noto-color-emoji >/dev/null; then
        exit 0
    fi
fi
echo "Chromium is missing. Install it to run the browser tests (Debian: sudo apt-get install chromium)." >&2
exit 1
