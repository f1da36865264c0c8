#!/usr/bin/env bash
# Builds the Python package as a wheel, installs it into a fresh virtual environment, and tests it there.
# Usage: scripts/python.sh [PROFILE [PYTEST-ARGUMENT...]]
# PROFILE is that of cargo: dev builds in half the time of release, which is for wheels that are to be used.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-dev}
[ $# -gt 0 ] && shift
target=${CARGO_TARGET_DIR:-$PWD/target}
python=$(command -v python3 || true)
if [ -z "$python" ] || ! "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "skipped: the Python package needs Python 3.10 or later with venv and pip"
    exit 0
fi

environment=$target/python/environment
wheels=$target/python/wheels
rm -rf "$environment" "$wheels"
"$python" -m venv "$environment"
pip() { "$environment/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }
pip install 'maturin>=1.9,<2'

CARGO_TARGET_DIR=$target "$environment/bin/maturin" build --locked --profile "$profile" --manifest-path bindings/python/Cargo.toml --out "$wheels"
ls -l "$wheels"/*.whl

# Ray and Daft have no packages for every Python: their tests say skipped where they are missing.
pip install "$(ls "$wheels"/*.whl)[test]"
pip install "$(ls "$wheels"/*.whl)[ray]" daft psutil || echo "Ray or Daft cannot be installed here: their tests are skipped"

# The tests compare with the command line, where it is built.
for program in "$target/debug/oddframe" "$target/release/oddframe"; do
    [ -x "$program" ] && export ODDFRAME_PROGRAM=$program
done
# Another folder, so that the installed package is tested and not the one in the checkout.
tests=$PWD/bindings/python/tests
cd "$environment"
bin/python -c 'import time; start = time.perf_counter(); import oddframe; print(f"import oddframe: {time.perf_counter() - start:.2f} s, numpy included")'
RAY_USAGE_STATS_ENABLED=0 bin/python -m pytest -q -p no:cacheprovider "$tests" "$@"
