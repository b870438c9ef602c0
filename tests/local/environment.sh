#!/bin/sh
# Make virtual environments hold exactly what their lock files name: environment.sh FOLDER=LOCK_FILE...
# Installs only where the lock file's content changed, or where the environment's Python is gone; else no network is used.
set -eu

is_python() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; }

# A pyenv shim is on PATH whether or not pyenv would run it, so each candidate is asked.
find_python() {
    for candidate in "$(command -v python3.13 || true)" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13 \
        "$(pyenv root 2>/dev/null || true)"/versions/3.13*/bin/python3.13; do
        if [ -x "$candidate" ] && is_python "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.13 was found neither on PATH (python3.13) nor in pyenv: install it, e.g. with 'pyenv install 3.13'." >&2
    return 1
}

is_current() { cmp -s "$2" "$1/lock.txt" && is_python "$1/bin/python"; }

stale=
for pair in "$@"; do
    is_current "${pair%%=*}" "${pair#*=}" && continue
    # Said at once: to look for Python may take a while.
    echo "installing ${pair%%=*} from ${pair#*=} (once, from the network) ..."
    stale="$stale $pair"
done
[ -n "$stale" ] || exit 0
python=$(find_python)
# shellcheck disable=SC2086 # these are several words
PYTHONPATH=. exec "$python" -m tests.local.install $stale
