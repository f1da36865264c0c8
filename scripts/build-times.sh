#!/usr/bin/env bash
# Seconds that each light crate takes to build alone from nothing (debug build, sources already fetched).
# Usage: scripts/build-times.sh
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "| crate | seconds |"
echo "|---|---|"
for manifest in crates/*/Cargo.toml; do
    crate=$(sed -n 's/^name = "\(.*\)"/\1/p' "$manifest" | head -n 1)
    rm -rf "${folder:?}/target"
    before=$(date +%s.%N)
    CARGO_TARGET_DIR="$folder/target" cargo build --quiet --locked -p "$crate"
    echo "| \`$crate\` | $(date +%s.%N | awk -v before="$before" '{printf "%.0f", $1 - before}') |"
done
