#!/usr/bin/env bash
# The pictures of a report in docs/pictures: light, dark and on a phone. Needs chromium and ffmpeg.
# Usage: scripts/report-pictures.sh [RUN]      without the folder of a run, the recipe watch_street is run on the synthetic street
set -euo pipefail
cd "$(dirname "$0")/.."
out=docs/pictures limit=300000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run=${1:-}
if [ -z "$run" ]; then
    run=$work/run
    cargo run --release --quiet -p oddframe-cli -- run examples/watch_street.toml --out "$run"
fi
page=$(realpath "$run/report.html")

# shoot NAME PAGE WIDTH HEIGHT [OPTION]...: the top of a page as a PNG of few colours
shoot() {
    local name=$1 url=$2 width=$3 height=$4
    shift 4
    # A headless window is at least 500 pixels wide, so a narrow page is cut out of a wider picture.
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$work/profile-$name" \
        --window-size="$((width < 500 ? 500 : width)),$height" --screenshot="$work/$name.png" "$@" "$url" 2>/dev/null
    ffmpeg -loglevel error -y -i "$work/$name.png" -vf \
        "crop=$width:$height:0:0,split[a][b];[a]palettegen=max_colors=96:stats_mode=full[p];[b][p]paletteuse=dither=none" \
        "$work/$name-small.png"
    [ "$(stat -c %s "$work/$name-small.png")" -lt $limit ] || { echo "$name.png has more than $limit bytes"; exit 1; }
    mv "$work/$name-small.png" "$out/$name.png"
    echo "$out/$name.png: $(stat -c %s "$out/$name.png") bytes"
}

mkdir -p "$out"
shoot report-light "file://$page" 1100 1640
shoot report-dark "file://$page" 1100 1640 --blink-settings=preferredColorScheme=0
echo "<body style=\"margin:0\"><iframe src=\"file://$page\" style=\"border:0;width:360px;height:1400px\"></iframe>" >"$work/phone.html"
shoot report-phone "file://$work/phone.html" 360 1400
