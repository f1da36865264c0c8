#!/usr/bin/env bash
# The layers of ARCHITECTURE.md, checked: who may depend on whom, and that no light crate reaches Burn.
# Usage: scripts/check-layers.sh
set -euo pipefail
cd "$(dirname "$0")/.."

# crate -> the crates of ours that it may depend on (what it needs for tests is not looked at)
allowed() {
    case $1 in
        oddframe-core) echo "" ;;
        oddframe-frames | oddframe-labels | oddframe-synth | oddframe-score | oddframe-post | oddframe-metrics | oddframe-submit)
            echo "oddframe-core" ;;
        oddframe-baseline) echo "oddframe-core oddframe-frames oddframe-score" ;;
        oddframe) echo "any" ;;
        oddframe-cli) echo "oddframe" ;;
        *) echo "unknown" ;;
    esac
}

broken=0
for manifest in crates/*/Cargo.toml; do
    crate=$(sed -n 's/^name = "\(.*\)"/\1/p' "$manifest" | head -n 1)
    may=$(allowed "$crate")
    if [ "$may" = unknown ]; then
        echo "$crate is in no layer: name it in $0 and in ARCHITECTURE.md"
        broken=1
        continue
    fi
    direct=$(cargo tree --quiet --locked -p "$crate" -e normal,build --all-features --depth 1 --prefix none --format '{p}' | tail -n +2 | cut -d' ' -f1)
    for dependency in $direct; do
        case $dependency in
            oddframe | oddframe-*)
                if [ "$may" != any ] && [[ " $may " != *" $dependency "* ]]; then
                    echo "$crate must not depend on $dependency (its layer allows: ${may:-nothing of ours})"
                    broken=1
                fi ;;
        esac
    done
    if heavy=$(cargo tree --quiet --locked -p "$crate" -e normal,build --all-features --prefix none --format '{p}' | grep -E '^(burn|cubecl|tch|ort)([- ]|$)'); then
        echo "$crate is a light crate and reaches $(head -n 1 <<<"$heavy")"
        broken=1
    fi
done
[ "$broken" = 0 ] && echo "layers: every crate keeps to its layer, and none reaches Burn"
exit "$broken"
