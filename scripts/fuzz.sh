#!/usr/bin/env bash
# Runs every fuzz target for a bounded time, with a limit on memory and on a single allocation.
# Usage: scripts/fuzz.sh [SECONDS-PER-TARGET] [TARGET...]      needs cargo-fuzz
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
targets=${*:-image mat npy csv chain objects}

# cargo-fuzz asks for unstable compiler options; this lets a stable toolchain take them.
export RUSTC_BOOTSTRAP=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in $targets; do
    mkdir -p "fuzz/corpus/$target"
    if cargo fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -rss_limit_mb=1024 -malloc_limit_mb=512 -timeout=10 -max_len=65536 \
        -print_final_stats=1 >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
        echo "$target: $runs inputs in $seconds s, peak $peak MB, no finding"
    else
        tail -n 40 "$log"
        echo "$target: a finding, or it did not build; inputs are kept in fuzz/artifacts/$target"
        exit 1
    fi
done
