#!/bin/sh
# Make a virtual environment hold exactly what its lock file names: environment.sh FOLDER LOCK_FILE
# Installs only when the lock file's content changed, or when the environment's Python is gone; else no network is used.
set -eu
folder=$1
lock=$2
stamp=$folder/lock.txt

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

if cmp -s "$lock" "$stamp" && is_python "$folder/bin/python"; then
    exit 0
fi
python=$(find_python)
echo "installing $folder from $lock (once, up to a minute) ..."
rm -f "$stamp"
"$python" -m venv --clear "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --progress-bar off --require-hashes -r "$lock"
cp "$lock" "$stamp"
echo "installed $folder"
