#!/usr/bin/env bash
# Seconds that crates take to build alone from nothing (debug build, sources already fetched): each of the light ones,
# the first that stands on Burn, and the command line, which stands on all.
# Usage: scripts/build-times.sh
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

on_burn() { cargo tree --quiet --locked -p "$1" -e normal --prefix none | grep '^burn-tensor ' >/dev/null; }

time_build() {
    rm -rf "${folder:?}/target"
    before=$(date +%s.%N)
    CARGO_TARGET_DIR="$folder/target" cargo build --quiet --locked -p "$1"
    echo "| \`$1\` | $(date +%s.%N | awk -v before="$before" '{printf "%.0f", $1 - before}') |"
}

echo "| crate | seconds |"
echo "|---|---|"
for manifest in crates/*/Cargo.toml; do
    crate=$(sed -n 's/^name = "\(.*\)"/\1/p' "$manifest" | head -n 1)
    on_burn "$crate" || time_build "$crate"
done
time_build oddframe-nn
time_build oddframe-cli
