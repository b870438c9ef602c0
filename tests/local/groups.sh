#!/bin/sh
# Run groups of tests (folders under tests/) in the given order; stop at the first that fails; say how long all took.
begin=$(date +%s)
for group in "$@"; do
    printf '\n== %s tests\n' "$group"
    if ! .venv/bin/python -m pytest -q "tests/$group"; then
        printf '\nmake test: %s tests failed after %s s\n' "$group" "$(($(date +%s) - begin))"
        exit 1
    fi
done
printf '\nmake test: all of %s passed in %s s\n' "$*" "$(($(date +%s) - begin))"
