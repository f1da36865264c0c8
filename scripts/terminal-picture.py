#!/usr/bin/env python3
"""Runs a command in a terminal of its own and draws what stands in it at the end, as an SVG.

Usage: scripts/terminal-picture.py [--shown TEXT] OUT.svg COMMAND [ARGUMENT]...
  --shown TEXT   the command line to draw, where the one that runs has paths of this machine

docs/pictures/terminal.svg is that of the quickstart:
  cargo build --release -p oddframe-cli
  cd "$(mktemp -d)"
  .../scripts/terminal-picture.py --shown "oddframe run" .../docs/pictures/terminal.svg .../target/release/oddframe run
"""

import html
import os
import pty
import re
import struct
import sys
import fcntl
import termios

COLUMNS, ROWS = 110, 50
# Sizes in pixels of a cell, and around the text.
CELL_WIDTH, LINE_HEIGHT, MARGIN = 7.8, 18, 16
# The sixteen colours of a terminal that programs rely on, on a dark ground.
GROUND, TEXT, DIM = "#1b1f24", "#d7dde4", "#8b949e"
COLOURS = ["#484f58", "#ff7b72", "#56d364", "#e3b341", "#79b8ff", "#d2a8ff", "#76e3ea", "#d7dde4"]

CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\r|\n|\x1b[()][A-Z0-9]|[^\x1b\r\n]")


def run_in_terminal(command):
    """Everything that a command writes to a terminal of COLUMNS by ROWS."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(COLUMNS), LINES=str(ROWS))
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    output = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        output += part
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed:\n{output.decode(errors='replace')}")
    return output.decode(errors="replace")


def lines_at_the_end(output):
    """The lines of the screen, each a list of characters with their styles, after all cursor movements."""
    lines, row, column, style = [[]], 0, 0, ()
    for match in CONTROL.finditer(output):
        token, arguments, action = match.group(0), match.group(1), match.group(2)
        if token == "\r":
            column = 0
        elif token == "\n":
            row += 1
        elif action == "m":
            style = next_style(style, arguments)
        elif action == "A":
            row = max(0, row - int(arguments or 1))
        elif action == "B":
            row += int(arguments or 1)
        elif action == "G":
            column = int(arguments or 1) - 1
        elif action == "K":
            del lines[row][0 if arguments == "2" else column :]
        elif action is None and not token.startswith("\x1b"):
            line = lines[row]
            line.extend([(" ", ())] * (column + 1 - len(line)))
            line[column] = (token, style)
            column += 1
        while row >= len(lines):
            lines.append([])
    while lines and not any(character.strip() for character, _ in lines[-1]):
        lines.pop()
    return lines


def next_style(style, arguments):
    """The style after a sequence of SGR codes: a set of `bold`, `dim` and a colour."""
    style = set(style)
    for code in (int(code or 0) for code in arguments.split(";")):
        if code == 0:
            style = set()
        elif code == 1:
            style.add("bold")
        elif code == 2:
            style.add("dim")
        elif code == 22:
            style -= {"bold", "dim"}
        elif code == 39:
            style = {part for part in style if not part.startswith("#")}
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style = {part for part in style if not part.startswith("#")} | {COLOURS[code % 10]}
    return tuple(sorted(style))


def draw_line(line, row):
    """One line of text; neighbouring characters of one style are one span, placed by their column."""
    spans, start = [], 0
    for column in range(1, len(line) + 1):
        if column == len(line) or line[column][1] != line[start][1]:
            text = "".join(character for character, _ in line[start:column])
            if text.strip():
                spans.append((start, text.rstrip(), line[start][1]))
            start = column
    y = MARGIN + LINE_HEIGHT * (row + 1) - 5
    for column, text, style in spans:
        colour = next((part for part in style if part.startswith("#")), DIM if "dim" in style else TEXT)
        weight = ' font-weight="bold"' if "bold" in style else ""
        x = MARGIN + CELL_WIDTH * column
        # The length fixes the columns whichever font of one width the reader has.
        yield (
            f'<text x="{x:.1f}" y="{y}" fill="{colour}"{weight} textLength="{CELL_WIDTH * len(text):.1f}" '
            f'lengthAdjust="spacingAndGlyphs" xml:space="preserve">{html.escape(text)}</text>'
        )


def draw(lines, shown):
    width = round(2 * MARGIN + CELL_WIDTH * max(len(line) for line in lines))
    height = 2 * MARGIN + LINE_HEIGHT * len(lines)
    body = "\n".join(text for row, line in enumerate(lines) for text in draw_line(line, row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="A terminal after the command {html.escape(shown)}">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>\n'
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13">\n'
        f"{body}\n</g>\n</svg>\n"
    )


def main():
    arguments = sys.argv[1:]
    shown = None
    if arguments[:1] == ["--shown"] and len(arguments) > 1:
        shown, arguments = arguments[1], arguments[2:]
    if len(arguments) < 2:
        sys.exit(__doc__)
    out, command = arguments[0], arguments[1:]
    shown = shown or " ".join(command)
    prompt = [("$", (COLOURS[2],)), (" ", ())] + [(character, ("bold",)) for character in shown]
    lines = [prompt, *lines_at_the_end(run_in_terminal(command))]
    picture = draw(lines, shown)
    with open(out + ".new", "w") as file:
        file.write(picture)
    os.replace(out + ".new", out)
    print(f"{out}: {len(picture.encode())} bytes")


main()
