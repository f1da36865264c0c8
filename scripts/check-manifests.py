#!/usr/bin/env python3
"""Checks what a registry and docs.rs need to know of each crate, and that no package needs a file from outside its folder.

    scripts/check-manifests.py                               checks every crate
    scripts/check-manifests.py --doc-features [CRATE...]     prints the features that docs.rs enables, as an option of cargo
"""

import argparse
import json
import os
import pathlib
import re
import subprocess

FIELDS = ("description", "license", "repository", "readme", "rust_version", "keywords", "categories")
# The text of both licences is part of every package, as both of them ask for.
LICENSES = ("LICENSE-APACHE", "LICENSE-MIT")
INCLUDE = re.compile(r'include_(?:str|bytes)!\(\s*"((?:\.\./)+[^"]+)"')


def read_packages():
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["packages"]


def documented_features(package):
    """The features in `[package.metadata.docs.rs]`; None without that table."""
    table = ((package["metadata"] or {}).get("docs") or {}).get("rs")
    if table is None:
        return None
    return sorted(package["features"]) if table.get("all-features") else table.get("features", [])


def list_problems(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    yield from (f"no {field} in its manifest" for field in FIELDS if not package[field])
    yield from (f"no {name} in its folder" for name in LICENSES if not (folder / name).is_file())
    features = documented_features(package)
    if features is None:
        yield "no [package.metadata.docs.rs] in its manifest"
    yield from (f"docs.rs is to enable `{name}`, which is no feature" for name in features or [] if name not in package["features"])
    for dependency in package["dependencies"]:
        # Cargo leaves out what tests depend on by path alone; anything else needs a version to be published.
        if dependency.get("path") and dependency["req"] == "*" and dependency["kind"] != "dev":
            yield f"{dependency['name']} is a dependency without a version"
    for path in sorted((folder / "src").rglob("*.rs")):
        for included in INCLUDE.findall(path.read_text()):
            # A link inside the package is a file of it: packaging puts the file in its place.
            place = pathlib.Path(os.path.normpath(path.parent / included))
            if not place.is_relative_to(folder):
                yield f"{path.relative_to(folder)} includes {included} from outside its package"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--doc-features", nargs="*", metavar="CRATE", help="print the features that docs.rs enables, by default of all crates")
    options = parser.parse_args()
    packages = [package for package in read_packages() if package["publish"] != []]
    if options.doc_features is not None:
        chosen = [package for package in packages if not options.doc_features or package["name"] in options.doc_features]
        enabled = [f"{package['name']}/{name}" for package in chosen for name in documented_features(package) or []]
        print("--features=" + ",".join(enabled))
        return
    problems = [f"{package['name']}: {problem}" for package in packages for problem in list_problems(package)]
    print(*problems, sep="\n", end="\n" if problems else "")
    if problems:
        raise SystemExit(1)
    print(f"manifests: {len(packages)} crates have what a registry and docs.rs need")


if __name__ == "__main__":
    main()
