#!/usr/bin/env bash
# Checks that every crate can be packaged, in the order in which they would be published.
#
# Usage: scripts/package.sh [--list]
#
# Builds the package of every crate with `cargo package` and compiles it from the package alone, which needs every
# dependency to be in the workspace's own packages. With --list nothing is compiled: the files of each package are listed and
# files that a crate includes from outside its folder are an error.
set -euo pipefail
cd "$(dirname "$0")/.."

# Crates by their dependencies: those that depend on nothing of ours first.
ordered=$(cargo metadata --format-version 1 --no-deps | python3 -c '
import json, sys
packages = {p["name"]: p for p in json.load(sys.stdin)["packages"]}
done = []
def visit(name):
    if name in done:
        return
    for dependency in packages[name]["dependencies"]:
        if dependency["name"] in packages and dependency["kind"] is None:
            visit(dependency["name"])
    done.append(name)
for name in sorted(packages):
    visit(name)
print("\n".join(done))
')

outside=$(grep -rnE 'include_(str|bytes)!\("(\.\./)+' crates/*/src | while IFS=: read -r file line text; do
    path=$(sed -E 's/.*include_(str|bytes)!\("([^"]+)".*/\2/' <<<"$text")
    crate=$(cut -d/ -f1-2 <<<"$file")
    real=$(realpath -m "$(dirname "$file")/$path")
    case "$real" in "$(realpath "$crate")"/*) ;; *) echo "$file:$line includes $path from outside its package" ;; esac
done)
[ -z "$outside" ] || { echo "$outside"; exit 1; }

if [ "${1:-}" = --list ]; then
    for crate in $ordered; do
        files=$(cargo package --quiet --allow-dirty --locked --list -p "$crate" | wc -l)
        echo "$crate: $files files"
    done
else
    # One call packages and verifies the whole workspace, each crate against the packages of the others.
    cargo package --workspace --locked --allow-dirty
fi
