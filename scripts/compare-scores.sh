#!/usr/bin/env bash
# Compares the fused scores of two versions of oddframe, byte for byte, for every recipe of the examples.
#
# Usage: scripts/compare-scores.sh OLD_BINARY OLD_RECIPES NEW_BINARY [RECIPE...]
#
# OLD_BINARY and NEW_BINARY are `oddframe` programs; OLD_RECIPES is the folder of the recipes that the old program
# reads (git show COMMIT:examples/...), as the format of recipes may have changed since. Each recipe runs on the tiny
# synthetic street for one epoch. Differences are listed; the exit code is 1 when there is any.
# NEW_OPTIONS holds further options of the new program alone, for settings that the old one does not know.
set -euo pipefail
cd "$(dirname "$0")/.."
old=$1 old_recipes=$2 new=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
recipes=("$@")
if [ ${#recipes[@]} = 0 ]; then
    for path in examples/*.toml; do recipes+=("$(basename "$path" .toml)"); done
fi
options=(--set scene.preset=tiny --epochs 1)
different=0
for recipe in "${recipes[@]}"; do
    if ! "$old" run "$old_recipes/$recipe.toml" "${options[@]}" --out "$work/old" >"$work/old.log" 2>&1; then
        echo "$recipe: the old program failed: $(tail -n 1 "$work/old.log")"
        different=1
    elif ! "$new" run "examples/$recipe.toml" "${options[@]}" ${NEW_OPTIONS:-} --out "$work/new" >"$work/new.log" 2>&1; then
        echo "$recipe: the new program failed: $(tail -n 1 "$work/new.log")"
        different=1
    elif cmp -s "$work/old/scores.csv" "$work/new/scores.csv"; then
        echo "$recipe: equal"
    else
        lines=$(diff "$work/old/scores.csv" "$work/new/scores.csv" | grep -c '^>' || true)
        echo "$recipe: $lines of $(wc -l <"$work/new/scores.csv") lines differ"
        different=1
    fi
    rm -rf "$work/old" "$work/new"
done
exit "$different"
