#!/usr/bin/env bash
# Builds the book into target/book and checks the links of all documents. Without the program mdbook, only the links are checked.
# Usage: scripts/book.sh
set -euo pipefail
cd "$(dirname "$0")/.."

python3 scripts/check-links.py

command -v mdbook >/dev/null || { echo "skipped: mdbook is not installed (cargo install mdbook --locked)"; exit 0; }
repository=$(sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml)
# The pages are those of docs/. What they link outside of it is no part of the book: such links lead to the repository.
stage=$(pwd)/target/book-source
rm -rf "$stage" && mkdir -p "$stage"
cp -r docs "$stage/docs"
ln -s "$(pwd)/crates" "$stage/crates"
find "$stage/docs" -name '*.md' -exec sed -i -E "s#\]\((\.\./)+((crates|examples|scripts|bindings|deploy)/[^)]*|[A-Z]+\.md)\)#](${repository}/blob/main/\2)#g" {} +
mdbook build "$stage/docs" --dest-dir "$(pwd)/target/book"
python3 scripts/check-links.py --html target/book
echo "the book is in target/book/index.html"
