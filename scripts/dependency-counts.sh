#!/usr/bin/env bash
# How many crates stand behind each of ours, as the table in docs/dependencies.md.
# Usage: scripts/dependency-counts.sh [--check | --write]
set -euo pipefail
cd "$(dirname "$0")/.."
doc=docs/dependencies.md

table() {
    echo "| crate | crates behind it | of them ours |"
    echo "|---|---|---|"
    for manifest in crates/*/Cargo.toml; do
        crate=$(sed -n 's/^name = "\(.*\)"/\1/p' "$manifest" | head -n 1)
        behind=$(cargo tree --quiet --locked -p "$crate" -e normal --prefix none --format '{p}' --target x86_64-unknown-linux-gnu |
            awk '{print $1, $2}' | sort -u | grep -v "^$crate ")
        total=$(grep -c . <<<"$behind" || true)
        ours=$(grep -c '^oddframe' <<<"$behind" || true)
        echo "| \`$crate\` | $total | $ours |"
    done
}

case ${1:-} in
    --check)
        if diff <(sed -n '/^| crate | crates behind it/,/^$/p' "$doc" | grep '^|') <(table); then
            echo "dependency counts: $doc is current"
        else
            echo "$doc is out of date: run scripts/dependency-counts.sh --write"
            exit 1
        fi ;;
    --write)
        awk -v table="$(table)" '/^\| crate \| crates behind it/{print table; skip=1} skip&&!/^\|/{skip=0} !skip' "$doc" >"$doc.new"
        mv "$doc.new" "$doc" ;;
    *) table ;;
esac
