#!/usr/bin/env bash
# Runs the tests of the kernels for 64-bit ARM, whose vectors are Neon, in an emulator. It checks that the results are right; how fast
# they are can only be measured on such a machine.
# Usage: scripts/neon.sh [TEST-FILTER...]      needs Debian's gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user, and
# rustup target add aarch64-unknown-linux-gnu
set -euo pipefail
cd "$(dirname "$0")/.."
target=aarch64-unknown-linux-gnu
if ! command -v aarch64-linux-gnu-gcc >/dev/null || ! command -v qemu-aarch64 >/dev/null ||
    ! rustup target list --installed | grep -qx "$target"; then
    echo "the cross compiler, the emulator or the target $target is not installed: nothing was checked" >&2
    exit 0
fi
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
# The emulator finds the target's C library there.
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"
# Optimised: an emulated test takes many times as long.
exec cargo test --release --locked --target "$target" -p oddframe-kernels --lib --tests -- "$@"
