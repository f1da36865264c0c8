#!/usr/bin/env bash
# The pictures of a report in docs/pictures: light, dark and on a phone, and a frame of an overlay. Needs chromium and ffmpeg.
# Usage: scripts/report-pictures.sh [RUN]      without the folder of a run, the recipe watch_street is run on the synthetic street
# ODDFRAME names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."
out=docs/pictures limit=300000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

oddframe=${ODDFRAME:-}
if [ -z "$oddframe" ]; then
    cargo build --release --quiet -p oddframe-cli
    oddframe=${CARGO_TARGET_DIR:-target}/release/oddframe
fi
run=${1:-}
if [ -z "$run" ]; then
    run=$work/run
    "$oddframe" run examples/watch_street.toml --out "$run"
fi
# The peak of the most severe event. The frames of the street count from 0, as those of the overlay do.
read -r video peak < <(awk -F, 'NR > 1 && $8 > best { best = $8; found = $1 " " $6 } END { print found }' "$run/events.csv")
"$oddframe" report "$run" --overlay "$work/overlay.mp4" --video "$video"
ffmpeg -loglevel error -y -i "$work/overlay.mp4" -vf "select=eq(n\,$peak)" -frames:v 1 "$work/overlay.png"
page=$(realpath "$run/report.html")

# keep NAME WIDTH HEIGHT: the top left of a picture as a PNG of few colours
keep() {
    local name=$1 width=$2 height=$3
    ffmpeg -loglevel error -y -i "$work/$name.png" -vf \
        "crop=$width:$height:0:0,split[a][b];[a]palettegen=max_colors=96:stats_mode=full[p];[b][p]paletteuse=dither=none" \
        "$work/$name-small.png"
    [ "$(stat -c %s "$work/$name-small.png")" -lt $limit ] || { echo "$name.png has more than $limit bytes"; exit 1; }
    mv "$work/$name-small.png" "$out/$name.png"
    echo "$out/$name.png: $(stat -c %s "$out/$name.png") bytes"
}

# shoot NAME PAGE WIDTH HEIGHT [OPTION]...: the top of a page
shoot() {
    local name=$1 url=$2 width=$3 height=$4
    shift 4
    # A headless window is at least 500 pixels wide, so a narrow page is cut out of a wider picture.
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$work/profile-$name" \
        --window-size="$((width < 500 ? 500 : width)),$height" --screenshot="$work/$name.png" "$@" "$url" 2>/dev/null
    keep "$name" "$width" "$height"
}

mkdir -p "$out"
keep overlay iw ih
shoot report-light "file://$page" 1100 1640
shoot report-dark "file://$page" 1100 1640 --blink-settings=preferredColorScheme=0
echo "<body style=\"margin:0\"><iframe src=\"file://$page\" style=\"border:0;width:360px;height:1400px\"></iframe>" >"$work/phone.html"
shoot report-phone "file://$work/phone.html" 360 1400
