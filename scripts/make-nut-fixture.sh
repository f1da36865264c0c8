#!/usr/bin/env bash
# Writes the fixture of the NUT reader's tests: three gray frames of 2x2 pixels. Needs ffmpeg.
# Usage: scripts/make-nut-fixture.sh
set -euo pipefail
cd "$(dirname "$0")/.."
printf '\x64\x64\x64\x64\x64\x64\x64\x64\x64\x64\x64\x64' |
    ffmpeg -v error -y -f rawvideo -pix_fmt gray -video_size 2x2 -framerate 25 -i pipe:0 -fflags +bitexact \
        -fps_mode passthrough -c:v rawvideo -pix_fmt gray -f nut -write_index 0 crates/video/src/nut/three_frames.nut
