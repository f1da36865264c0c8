#!/usr/bin/env python3
"""Checks that links lead to something.

Usage: scripts/check-links.py                the Markdown files at the top, in docs/ and of the crates: files and headings
       scripts/check-links.py --html FOLDER  the pages of a built book: files and ids
Links to other sites are not followed.
"""

import html.parser
import pathlib
import re
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent


def without_code(text):
    """Markdown without its code, in which brackets are no links."""
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", text)
    return re.sub(r"`[^`\n]*`", "", text)


def heading_ids(text):
    """The ids that a page's headings get on GitHub."""
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", text)
    ids = set()
    for heading in re.findall(r"(?m)^#{1,6} +(.*)$", text):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
        same = sum(1 for known in ids if known == slug or known.startswith(slug + "-"))
        ids.add(f"{slug}-{same}" if slug in ids else slug)
    return ids


def check_markdown():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("crates/*/README.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)\s]+)", without_code(page.read_text())):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = urllib.parse.unquote(link).partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists():
                yield f"{page.relative_to(ROOT)}: {link} does not exist"
            elif anchor and target.suffix == ".md" and anchor not in heading_ids(target.read_text()):
                yield f"{page.relative_to(ROOT)}: {link} is no heading of that page"


class Page(html.parser.HTMLParser):
    """The links and the ids of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.add(value)
            elif name in ("href", "src") and value and tag in ("a", "img"):
                self.links.append(value)


def check_html(folder):
    pages = {path.resolve(): Page(path) for path in folder.glob("**/*.html")}
    for path, page in pages.items():
        # The page of a missing page, and the one to print, have links that are relative to other places.
        if path.name in ("404.html", "print.html", "toc.html"):
            continue
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = urllib.parse.unquote(link).partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.exists():
                yield f"{path.relative_to(folder.resolve())}: {link} does not exist"
            elif anchor and target in pages and anchor not in pages[target].ids:
                yield f"{path.relative_to(folder.resolve())}: {link} is no id of that page"


def main():
    if sys.argv[1:2] == ["--html"] and len(sys.argv) == 3:
        problems = list(check_html(pathlib.Path(sys.argv[2])))
    elif len(sys.argv) == 1:
        problems = list(check_markdown())
    else:
        sys.exit(__doc__)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
