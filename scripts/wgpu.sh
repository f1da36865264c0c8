#!/usr/bin/env bash
# Trains on wgpu and on flex, and compares the initial weights (equal) and the losses of the first 20 steps (within 1e-3).
# Before that it compares the feature maps of all backbones (within 1e-4 of the largest value).
# A software driver is enough: Debian's mesa-vulkan-drivers. Installs nothing; without a Vulkan driver it skips the test.
# Usage: scripts/wgpu.sh
set -euo pipefail
cd "$(dirname "$0")/.."
# The loader finds a driver by a JSON file in one of these folders, or by an environment variable.
drivers=$(find /usr/share/vulkan/icd.d /etc/vulkan/icd.d /usr/local/share/vulkan/icd.d -name '*.json' 2>/dev/null || true)
if [ -z "$drivers${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ]; then
    echo "skipped: no Vulkan driver is installed; Debian's mesa-vulkan-drivers is enough"
    exit 0
fi
cargo test --locked -p oddframe-models --features wgpu --test it wgpu
exec cargo test --locked -p oddframe-train --features wgpu --test it backends
