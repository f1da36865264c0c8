#!/usr/bin/env bash
# Packages every crate as it would be published, and compiles the packages.
#
# Usage: scripts/package.sh [--quick | --full]
#
# The packages are unpacked into one workspace in which they find each other, and `cargo check` compiles them there: with the same
# versions and profile as the workspace, so that what lies in the target folder already, such as Burn, is not compiled again.
# A file that is missing in a package, or a field that only the workspace has, is an error.
#
# --quick compiles nothing: it checks the manifests and makes the packages, which takes seconds.
# --full lets cargo verify each package by itself, as `cargo publish` does; Burn is then built several times.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-}

python3 scripts/check-manifests.py
# An example of another folder is not part of the package of `oddframe`, which cargo says of each.
cargo package --workspace --no-verify --locked --allow-dirty 2>&1 | grep -vE 'is not included in the published package$' |
    grep -E '^ *(error|warning|Caused)' && exit 1
packages=${CARGO_TARGET_DIR:-target}/package
# The registry accepts 10 MB.
ls -l "$packages"/oddframe*.crate | awk '
    $5 > 10e6 { print $9 " has " $5 " bytes, more than a registry accepts"; large = 1 }
    { bytes += $5 }
    END { printf "%d packages, %.1f MB in all\n", NR, bytes / 1e6; exit large }'
[ "$mode" != --quick ] || exit 0
if [ "$mode" = --full ]; then
    exec cargo package --workspace --locked --allow-dirty
fi

checked=$packages/unpacked
rm -rf "$checked"
mkdir -p "$checked"
for package in "$packages"/oddframe*.crate; do
    tar -xzf "$package" -C "$checked"
done
{
    echo '[workspace]'
    echo 'resolver = "3"'
    echo 'members = ["*"]'
    sed -n '/^\[profile\./,$p' Cargo.toml
    echo '[patch.crates-io]'
    for folder in "$checked"/*/; do
        name=$(basename "$folder")
        echo "${name%-*} = { path = \"$name\" }"
    done
} >"$checked/Cargo.toml"
cp Cargo.lock "$checked/"
cargo check --manifest-path "$checked/Cargo.toml" --workspace
rm -rf "$checked"
