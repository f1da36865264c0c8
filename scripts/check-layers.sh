#!/usr/bin/env bash
# The layers of ARCHITECTURE.md, checked: who may depend on whom, that no light crate reaches Burn, and that the kernels
# stay usable alone: fewer than 15 crates behind them.
# Usage: scripts/check-layers.sh
set -euo pipefail
cd "$(dirname "$0")/.."

# The crates that may stand on Burn.
on_burn=" oddframe-nn oddframe-models oddframe-train oddframe-flip oddframe-pipeline oddframe-report oddframe oddframe-cli oddframe-python "

# crate -> the crates of ours that it may depend on (what it needs for tests is not looked at)
allowed() {
    case $1 in
        oddframe-core) echo "" ;;
        oddframe-frames | oddframe-labels | oddframe-synth | oddframe-score | oddframe-post | oddframe-metrics | oddframe-submit | oddframe-flow | oddframe-boxes | oddframe-video)
            echo "oddframe-core" ;;
        oddframe-kernels) echo "" ;;
        oddframe-baseline) echo "oddframe-core oddframe-frames oddframe-labels oddframe-score" ;;
        oddframe-clips) echo "oddframe-core oddframe-frames oddframe-score oddframe-flow" ;;
        oddframe-memory) echo "oddframe-core oddframe-frames oddframe-score oddframe-boxes oddframe-kernels" ;;
        oddframe-objects) echo "oddframe-core oddframe-frames oddframe-flow oddframe-boxes oddframe-post oddframe-metrics" ;;
        oddframe-health) echo "oddframe-core" ;;
        oddframe-nn) echo "oddframe-core oddframe-kernels oddframe-score" ;;
        oddframe-models) echo "oddframe-core oddframe-frames oddframe-score oddframe-clips oddframe-kernels oddframe-nn oddframe-flow oddframe-memory" ;;
        oddframe-train) echo "oddframe-core oddframe-clips oddframe-nn" ;;
        oddframe-flip) echo "oddframe-core oddframe-frames oddframe-clips oddframe-nn oddframe-train" ;;
        oddframe-pipeline)
            echo "oddframe-core oddframe-frames oddframe-video oddframe-labels oddframe-synth oddframe-score oddframe-post oddframe-metrics oddframe-submit oddframe-flow oddframe-boxes oddframe-baseline oddframe-memory oddframe-objects oddframe-health oddframe-clips oddframe-nn oddframe-models oddframe-train oddframe-flip" ;;
        oddframe-report) echo "oddframe-core oddframe-frames oddframe-video oddframe-post oddframe-metrics oddframe-pipeline" ;;
        oddframe) echo "any" ;;
        oddframe-cli | oddframe-python) echo "oddframe" ;;
        *) echo "unknown" ;;
    esac
}

broken=0
# Lines of a crate and one of ours that it depends on outside of tests.
dependencies=$(cargo metadata --format-version 1 --no-deps --locked | python3 -c '
import json, sys
packages = {package["name"]: package for package in json.load(sys.stdin)["packages"]}
for name, package in packages.items():
    print(name, *sorted({d["name"] for d in package["dependencies"] if d["name"] in packages and d["kind"] != "dev"}))')
light=()
while read -r crate direct; do
    may=$(allowed "$crate")
    if [ "$may" = unknown ]; then
        echo "$crate is in no layer: name it in $0 and in ARCHITECTURE.md"
        broken=1
        continue
    fi
    for dependency in $direct; do
        if [ "$may" != any ] && [[ " $may " != *" $dependency "* ]]; then
            echo "$crate must not depend on $dependency (its layer allows: ${may:-nothing of ours})"
            broken=1
        fi
    done
    [[ "$on_burn" == *" $crate "* ]] || light+=("$crate")
done <<<"$dependencies"
# Everything behind the crates of a list, with all their features.
list_behind() { cargo tree --quiet --locked "${@/#/--package=}" -e normal,build --all-features --prefix none --format '{p}'; }
find_heavy() { grep -E '^(burn|cubecl|tch|ort)([- ]|$)' <<<"$1" || true; }
# One call for all of them; each is looked at by itself only when that finds something.
all=$(list_behind "${light[@]}")
if [ -n "$(find_heavy "$all")" ]; then
    for crate in "${light[@]}"; do
        one=$(list_behind "$crate")
        heavy=$(find_heavy "$one")
        if [ -n "$heavy" ]; then
            echo "$crate is a light crate and reaches $(head -n 1 <<<"$heavy")"
            broken=1
        fi
    done
fi
behind=$(cargo tree --quiet --locked -p oddframe-kernels -e normal --prefix none --format '{p}' | tail -n +2 | sort -u | wc -l)
if [ "$behind" -ge 15 ]; then
    echo "oddframe-kernels stands on $behind crates, 15 or more"
    broken=1
fi
[ "$broken" = 0 ] && echo "layers: every crate keeps to its layer, no light one reaches Burn, $behind crates behind the kernels"
exit "$broken"
