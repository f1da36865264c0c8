#!/usr/bin/env bash
# Checks each crate with the oldest Rust that its `rust-version` allows, where rustup can install that toolchain.
# Usage: scripts/msrv.sh [VERSION...]      by default every version that a crate names
set -euo pipefail
cd "$(dirname "$0")/.."
command -v rustup >/dev/null || { echo "rustup is not installed: no older Rust was checked" >&2; exit 0; }

# Lines of a version and a crate.
crates=$(cargo metadata --format-version 1 --no-deps --locked | python3 -c '
import json, sys
for package in json.load(sys.stdin)["packages"]:
    print(package["rust_version"], package["name"])')
versions=${*:-$(cut -d' ' -f1 <<<"$crates" | sort -uV)}
for version in $versions; do
    mapfile -t names < <(awk -v version="$version" '$1 == version { print $2 }' <<<"$crates")
    [ ${#names[@]} -gt 0 ] || { echo "no crate has the rust-version $version" >&2; exit 1; }
    if ! rustup toolchain install "$version" --profile minimal --no-self-update >/dev/null 2>&1 &&
        ! rustup run "$version" rustc --version >/dev/null 2>&1; then
        echo "Rust $version cannot be installed here: ${#names[@]} crates were not checked with it" >&2
        continue
    fi
    echo "Rust $version: ${#names[@]} crates"
    # With the features that docs.rs shows: those left out need other programs or a graphics card.
    cargo "+$version" check --quiet --locked "${names[@]/#/--package=}" "$(scripts/check-manifests.py --doc-features "${names[@]}")"
done
