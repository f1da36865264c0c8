#!/usr/bin/env bash
# Runs the tests of the kernels under Miri, which checks their unsafe code: pointers, bounds and the thread pool. Shapes are
# small there, and the instruction set is plain Rust: Miri does not support AVX2 or AVX-512.
# Usage: scripts/miri.sh [TEST-FILTER...]      needs: rustup component add miri rust-src --toolchain nightly
set -euo pipefail
cd "$(dirname "$0")/.."
if ! cargo +nightly miri --version >/dev/null 2>&1; then
    echo "Miri is not installed: nothing was checked" >&2
    exit 0
fi
# Isolation is off because property tests read the time and the environment. Two processors make the pool start a helper;
# the threads of the pool live as long as the process, which Miri would report as a leak.
export MIRIFLAGS=${MIRIFLAGS:-"-Zmiri-disable-isolation -Zmiri-num-cpus=2 -Zmiri-ignore-leaks"}
test=(cargo +nightly miri test -p oddframe-kernels)
"${test[@]}" --lib --tests --no-run
# Miri runs on one core: the unit tests and the integration tests run beside each other.
"${test[@]}" --lib -- "$@" &
status=0
"${test[@]}" --test '*' -- "$@" || status=$?
wait $! || status=$?
exit $status
