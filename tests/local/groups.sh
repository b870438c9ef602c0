#!/bin/sh
# Run groups of tests (folders under tests/) in the given order; stop at the first that fails; say how long all took.
begin=$(date +%s)
for group in "$@"; do
    printf '\n== %s tests\n' "$group"
    # The tests of the runtime share one process, those of the browser one stack and one Chromium, and those of chaos one
    # stack that has the machine for itself. Of the integration tests each core takes whole files, because it has an
    # emulator and stacks of its own, which tests of a file have in common.
    case $group in
        runtime | browser | chaos) side_by_side="-n 0" ;;
        integration) side_by_side="-n 2 --dist loadfile --no-loadscope-reorder" ;;
        *) side_by_side="-n auto" ;;
    esac
    # shellcheck disable=SC2086 # these are several words
    if ! .venv/bin/python -m pytest -q $side_by_side "tests/$group"; then
        printf '\n%s tests failed after %s s\n' "$group" "$(($(date +%s) - begin))"
        exit 1
    fi
done
printf '\n%s: all passed in %s s\n' "$*" "$(($(date +%s) - begin))"
