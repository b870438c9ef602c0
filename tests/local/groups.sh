#!/bin/sh
# Run groups of tests (folders under tests/) in the given order; stop at the first that fails; say how long all took.
# Groups joined by a + run side by side.
begin=$(date +%s)
for group in "$@"; do
    printf '\n== %s tests\n' "$group"
    # groups.py says which tests stay together. Where some of them wait, there is a process more than cores. Alone, the
    # tests of the browser, of the runtime, of chaos and of the upgrade are one process: they share a stack.
    case $group in
        runtime | browser | chaos | upgrade) side_by_side="-n 0" ;;
        integration | *+*) side_by_side="-n 3 --no-loadscope-reorder -p tests.local.groups" ;;
        *) side_by_side="-n auto" ;;
    esac
    # shellcheck disable=SC2046,SC2086 # these are several words
    if ! .venv/bin/python -m pytest -q $side_by_side $(echo "+$group" | sed 's:+: tests/:g'); then
        printf '\n%s tests failed after %s s\n' "$group" "$(($(date +%s) - begin))"
        exit 1
    fi
done
printf '\n%s: all passed in %s s\n' "$*" "$(($(date +%s) - begin))"
