#!/usr/bin/env bash
# Compares the public items of every crate with those of the last release, and fails when a change needs another version number.
# Usage: scripts/semver-checks.sh [COMMIT-OF-THE-RELEASE]      needs cargo-semver-checks; by default the last tag `v*`
set -euo pipefail
cd "$(dirname "$0")/.."
if ! cargo semver-checks --version >/dev/null 2>&1; then
    echo "cargo-semver-checks is not installed (cargo install cargo-semver-checks --locked): nothing was compared" >&2
    exit 0
fi
release=${1:-$(git describe --tags --match 'v*' --abbrev=0 2>/dev/null || true)}
if [ -z "$release" ]; then
    echo "there is no tag v* to compare with: nothing was compared" >&2
    exit 0
fi
# With the features that docs.rs shows: the devices that are left out add no item of ours.
exec cargo semver-checks --workspace --baseline-rev "$release" --only-explicit-features "$(scripts/check-manifests.py --doc-features)"
