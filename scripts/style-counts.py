#!/usr/bin/env python3
"""Measures the style of the workspace's Rust code: names, closures, comments, doctests, import cycles, public names.

    scripts/style-counts.py [--crate NAME]                  one table over all crates or one
    scripts/style-counts.py [--crate NAME] --list METRIC    the offenders of one metric

The counts are textual: comments and string literals are blanked first. Code under `#[cfg(test)]` counts only in
`short-files` and `tests`. The documentation of each metric's function says what it counts.
"""

import argparse
import pathlib
import re

ROOT = pathlib.Path.cwd()  # the workspace's root, as for the other scripts
TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r'|\bb?r(?P<hashes>#*)".*?"(?P=hashes)'  # raw string
    r'|b?"(?:\\.|[^"\\])*"'
    r"|b?'(?:\\[^']+|\\'|[^\\'\n])'",  # character; a lifetime has no closing quote and stays
    re.S,
)
USE = re.compile(r"^[ \t]*(pub(?:\([^)]*\))?[ \t]+)?use\s+([^;]+);", re.M)
ITEM = r"(?:(?:async|const|unsafe)\s+)*(?:fn|struct|enum|union|trait|type|const|static|mod)\s+([A-Za-z_]\w*)"
BUILT_BLOCKS = {"", "rust", "no_run", "should_panic", "compile_fail", "edition2021", "edition2024"}


def blank(text):
    """`text` with comments and literals replaced by spaces; line breaks and positions stay."""
    return TOKEN.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def blank_tests(code):
    """`code` without the items under `#[cfg(test)]`, the modules declared there with `mod x;`, and the blanked ranges."""
    test_modules, ranges = [], []
    while found := re.search(r"#\[cfg\((?:test|all\(test\b[^]]*)\)\]", code):
        end = re.compile(r"[{;]").search(code, found.end())
        stop = end.end() if end else len(code)
        if end and end.group() == ";":
            test_modules += re.findall(r"\bmod\s+(\w+)\s*;", code[found.end() : stop])
        depth = 1 if end and end.group() == "{" else 0
        while depth and stop < len(code):
            depth += {"{": 1, "}": -1}.get(code[stop], 0)
            stop += 1
        code = code[: found.start()] + re.sub(r"[^\n]", " ", code[found.start() : stop]) + code[stop:]
        ranges.append(range(found.start(), stop))
    return code, test_modules, ranges


def expand_use(tree, prefix=()):
    """Yields (path, local name) for each leaf of a use tree such as `crate::a::{b, c as d}`."""
    head, brace, rest = tree.partition("{")
    path, _, alias = head.partition(" as ")
    prefix += tuple(re.findall(r"\w+|\*", path))
    if not brace:
        prefix = prefix[:-1] if prefix[1:] and prefix[-1] == "self" else prefix
        yield prefix, alias.strip() or prefix[-1]
        return
    depth, pieces = 0, [""]
    for letter in rest[: rest.rindex("}")]:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        pieces = pieces + [""] if letter == "," and not depth else pieces[:-1] + [pieces[-1] + letter]
    for piece in filter(str.strip, pieces):
        yield from expand_use(piece, prefix)


class Module:
    """One source file of a crate."""

    def __init__(self, crate, path):
        self.path, self.text = path, path.read_text()
        parts = list(path.relative_to(crate / "src").with_suffix("").parts)
        self.name = tuple(parts[:-1] if parts[-1] in ("mod", "lib", "main") else parts)
        self.code, self.test_modules, self.test_ranges = blank_tests(blank(self.text))
        found = [(kind, *leaf) for kind, tree in USE.findall(self.code) for leaf in expand_use(tree)]
        self.uses = [(kind.strip() == "pub", path, name) for kind, path, name in found]

    def __str__(self):
        return str(self.path.relative_to(ROOT))

    def located(self, position, what):
        return f"{self}:{self.text.count(chr(10), 0, position) + 1}: {what}"


class Crate:
    """The files of one package below crates/."""

    def __init__(self, folder):
        self.folder = folder
        self.files = [Module(folder, path) for path in sorted((folder / "src").rglob("*.rs"))]
        tests = {module.name + (name,) for module in self.files for name in module.test_modules}
        self.modules = [m for m in self.files if not any(m.name[: len(name)] == name for name in tests)]
        self.tree = {module.name: module for module in self.modules}

    def resolve(self, path, seen=frozenset()):
        """The name of the module that defines the item at `path`, re-exports followed; None outside the crate."""
        at = ()
        for index, part in enumerate(path):
            if at + (part,) in self.tree:
                at += (part,)
                continue
            imported = [target for _, target, name in self.tree[at].uses if name == part and (at, part) not in seen]
            absolute = self.absolute(self.tree[at], imported[0]) if imported else ()
            return absolute and self.resolve(absolute + path[index + 1 :], seen | {(at, part)}) if imported else at
        return at

    def absolute(self, module, path):
        """`path` as written in `module`, from the crate's root; None when it leads outside the crate."""
        base = module.name
        if path[0] in ("crate", "self"):
            return path[1:] if path[0] == "crate" else base + path[1:]
        while path[0] == "super":
            base, path = base[:-1], path[1:]
        return base + path if base != module.name or base + path[:1] in self.tree else None


def modules_of(crates):
    return (module for crate in crates for module in crate.modules)


def function_names(crates):
    """Functions named with one word, of all functions: free, methods, `main` and methods of trait impls alike."""
    for module in modules_of(crates):
        for found in re.finditer(r"\bfn\s+([A-Za-z_]\w*)", module.code):
            yield "_" not in found[1].strip("_"), module.located(found.start(), found[1])


def named_closures(crates):
    """`let name = |…|` and `let name = move |…|`."""
    for module in modules_of(crates):
        for found in re.finditer(r"\blet\s+(?:mut\s+)?(\w+)(?:\s*:[^=;]*)?\s*=\s*&?(?:mut\s+)?(?:move\s+)?\|", module.code):
            yield True, module.located(found.start(), found[1])


def plain_comments(crates):
    """Lines of `//` comments that are not documentation."""
    for module in modules_of(crates):
        for found in TOKEN.finditer(module.text):
            tested = any(found.start() in part for part in module.test_ranges)
            if found["comment"] and not tested and re.match(r"//(?![/!])|////", found["comment"]):
                yield True, module.located(found.start(), found["comment"][:70])


def code_lines(crates):
    return sum(1 for m in modules_of(crates) for line in m.code.splitlines() if line.strip())


def doctests(crates):
    """Rust blocks in `///` and `//!`, and in files included with `doc = include_str!`; `ignore` and `text` do not count."""
    for module in modules_of(crates):
        lines = re.findall(r"^\s*//[/!] ?(.*)$", module.text, re.M)
        for included in re.findall(r'doc\s*=\s*include_str!\("([^"]+)"\)', module.text):
            lines += (module.path.parent / included).read_text().splitlines()
        inside = False
        for line in lines:
            if line.strip().startswith("```"):
                inside = not inside
                if inside and set(re.split(r"[,\s]+", line.strip()[3:])) <= BUILT_BLOCKS:
                    yield True, str(module)


def public_items(crates):
    return sum(len(re.findall(r"^\s*pub\s+" + ITEM, m.code, re.M)) for m in modules_of(crates))


def cycles(crates):
    """Modules (files) that reach themselves through `use`; re-exported names lead to the module that defines them."""
    for crate in crates:
        edges = {module.name: set() for module in crate.modules}
        for module in crate.modules:
            for _, path, _ in module.uses:
                absolute = crate.absolute(module, path)
                target = None if absolute is None else crate.resolve(absolute)
                if target is not None and target != module.name:
                    edges[module.name].add(target)
        for name, targets in edges.items():
            reached, waiting = set(), list(targets)
            while waiting:
                at = waiting.pop()
                if at not in reached:
                    reached.add(at)
                    waiting += edges[at]
            back = ", ".join(sorted("::".join(t) or "lib" for t in targets if name in edges[t]))
            yield name in reached, f"{crate.tree[name]}" + (f" (both ways with {back})" if back else "")


def exported_names(crate):
    """Names in lib.rs's `pub use` list, public items of lib.rs and of the public modules below it."""
    root = crate.tree.get(())
    waiting = [root] if root and root.path.name == "lib.rs" else []
    while waiting:
        module = waiting.pop()
        yield from (name for public, _, name in module.uses if public and name not in ("*", "_"))
        yield from re.findall(r"^pub\s+" + ITEM, module.code, re.M)
        for child in re.findall(r"^pub\s+mod\s+(\w+)\s*;", module.code, re.M):
            waiting += [crate.tree[module.name + (child,)]] if module.name + (child,) in crate.tree else []


def unused_exports(crates):
    """Exported names that no file of another package (sources, tests, benches, examples, fuzz targets) mentions."""
    paths = (path for path in ROOT.rglob("*.rs") if "target" not in path.parts)
    words = {path: set(re.findall(r"\w+", blank(path.read_text()))) for path in paths}
    for crate in crates:
        outside = set().union(*(found for path, found in words.items() if crate.folder not in path.parents))
        yield from ((name not in outside, f"{crate.folder.name}::{name}") for name in sorted(set(exported_names(crate))))


def short_files(crates):
    """Files below 35 lines in src/, test modules included."""
    for module in (m for c in crates for m in c.files):
        yield len(module.text.splitlines()) < 35, f"{module}: {len(module.text.splitlines())}"


def tests(crates):
    """`#[test]` in src/, tests/ and below; functions in `proptest!` carry the attribute too."""
    for crate in crates:
        for path in sorted(crate.folder.rglob("*.rs")):
            yield from [(True, str(path.relative_to(ROOT)))] * blank(path.read_text()).count("#[test]")


METRICS = {
    "one-word": (function_names, None, 100, "one-word function names, % of all functions"),
    "closures": (named_closures, code_lines, 1000, "closures bound to names per 1,000 code lines"),
    "comments": (plain_comments, code_lines, 100, "plain comment lines per 100 code lines"),
    "doctests": (doctests, public_items, 100, "doctests per 100 public items, methods included"),
    "cycles": (cycles, None, None, "modules in import cycles, of all modules"),
    "unused": (unused_exports, None, None, "exported names unused outside their crate, of all exported"),
    "short-files": (short_files, None, None, "files below 35 lines, of all files in src/"),
    "tests": (tests, None, None, "tests"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crate", help="count only crates/NAME")
    parser.add_argument("--list", choices=METRICS, help="print the offenders of one metric")
    options = parser.parse_args()
    crates = [Crate(folder) for folder in sorted((ROOT / "crates").iterdir()) if options.crate in (None, folder.name)]
    if options.list:
        print(*(what for counted, what in METRICS[options.list][0](crates) if counted), sep="\n")
        return
    for key, (find, per, scale, title) in METRICS.items():
        found = list(find(crates))
        hits, total = sum(counted for counted, _ in found), per(crates) if per else len(found)
        print(f"{key:<12} {scale * hits / max(total, 1) if scale else hits:>6.4g}  {title} ({hits} of {total})")


if __name__ == "__main__":
    main()
