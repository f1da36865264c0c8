#!/usr/bin/env bash
# Frames a second from H.264 files to small gray frames: oddframe-video beside OpenCV's VideoCapture with resize, in turns, with
# two threads each. Needs ffmpeg and a Python with cv2 (PYTHON, by default python3).
# Usage: scripts/bench-video.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cargo build --quiet --release -p oddframe-video --example decode_speed
ours=${CARGO_TARGET_DIR:-target}/release/examples/decode_speed
cat >"$folder/opencv.py" <<'PYTHON'
import os, sys, time
os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "threads;2"
import cv2
cv2.setNumThreads(2)
path, size = sys.argv[1], (int(sys.argv[2]), int(sys.argv[3]))
start, frames = time.time(), 0
video = cv2.VideoCapture(path)
while True:
    read, frame = video.read()
    if not read:
        break
    # Gray before resizing, as ours; with "small" the cheaper way round.
    if sys.argv[4] == "small":
        gray = cv2.cvtColor(cv2.resize(frame, size), cv2.COLOR_BGR2GRAY)
    else:
        gray = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), size)
    frames += 1
seconds = time.time() - start
print(f"{frames} frames in {seconds:.2f} s: {frames / seconds:.0f} frames a second")
PYTHON
for size in 640x360 1280x720; do
    # A picture with noise, at the bit rate of a camera.
    ffmpeg -v error -f lavfi -i "testsrc2=size=$size:rate=25,noise=alls=8:allf=t" -frames:v 1500 -c:v libx264 -preset veryfast \
        -crf 26 -pix_fmt yuv420p "$folder/$size.mp4"
done
for size in 640x360 1280x720; do
    for small in "128 128" "360 202"; do
        for ((round = 0; round < rounds; round++)); do
            # shellcheck disable=SC2086
            echo "$size to ${small/ /x}, ours: $("$ours" "$folder/$size.mp4" $small 2)"
            # shellcheck disable=SC2086
            echo "$size to ${small/ /x}, OpenCV, gray first: $("$python" "$folder/opencv.py" "$folder/$size.mp4" $small gray)"
            # shellcheck disable=SC2086
            echo "$size to ${small/ /x}, OpenCV, resized first: $("$python" "$folder/opencv.py" "$folder/$size.mp4" $small small)"
        done
    done
done
