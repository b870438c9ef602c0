#!/bin/sh
# Run groups of tests (folders under tests/) in the given order; stop at the first that fails; say how long all took.
begin=$(date +%s)
for group in "$@"; do
    printf '\n== %s tests\n' "$group"
    # What runs in memory shares nothing, so that each core takes some; the other groups share one deployed stack.
    case $group in
        unit | model | mutation) side_by_side=auto ;;
        *) side_by_side=0 ;;
    esac
    if ! .venv/bin/python -m pytest -q -n "$side_by_side" "tests/$group"; then
        printf '\n%s tests failed after %s s\n' "$group" "$(($(date +%s) - begin))"
        exit 1
    fi
done
printf '\n%s: all passed in %s s\n' "$*" "$(($(date +%s) - begin))"
