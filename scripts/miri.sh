#!/usr/bin/env bash
# Runs the unsafe code of the kernels under Miri: pointers, their reach and the thread pool, on small shapes and in plain
# Rust (Miri knows no vector instructions beyond the base).
# Usage: scripts/miri.sh [TEST-FILTER...]      needs: rustup component add miri rust-src --toolchain nightly
set -euo pipefail
cd "$(dirname "$0")/.."
if ! cargo +nightly miri --version >/dev/null 2>&1; then
    echo "Miri is not installed: nothing was checked" >&2
    exit 0
fi
# Property tests read the time and the environment, so isolation is off. Two processors, so that threads meet; those
# of the pool live as long as the process, which Miri calls a leak.
export MIRIFLAGS=${MIRIFLAGS:-"-Zmiri-disable-isolation -Zmiri-num-cpus=2 -Zmiri-ignore-leaks"}
exec cargo +nightly miri test -p oddframe-kernels --lib --tests -- "$@"
