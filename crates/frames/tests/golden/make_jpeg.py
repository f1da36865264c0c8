"""Writes `jpeg.bin` and `jpeg.txt` beside it: JPEG files and digests of what Pillow and OpenCV decode them to.

Made with Pillow 13.0.0 (its libjpeg-turbo is 3.2.0) and OpenCV 5.0.0 (3.1.2). Both decode all files to the same
pixels, which is checked here. `jpeg.bin` has the files one behind the other; a line of `jpeg.txt` has a name, the
file's length, and the digests (64-bit FNV-1a) of its RGB and its gray pixels. Lines with no length are of frames of
UCSD Ped2, whose folder may be given as the argument; without it they stay as they are.
"""
import io
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

HERE = Path(__file__).parent
SIZES = [(1, 1), (7, 5), (8, 8), (17, 33), (40, 23)]
SAMPLINGS = ["4:4:4", "4:2:2", "4:2:0", "4:4:0", "gray"]
PED2 = ["training/frames/01/000", "training/frames/07/100", "training/frames/16/149", "testing/frames/02/077"]
random = np.random.default_rng(1)


def texture(width, height):
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    wave = 128 + 110 * np.sin(x / 5 + c) * np.cos(y / 4 - c) + random.normal(0, 8, (height, width, 3))
    return np.where(x > y + 6, wave, 255 - wave / 2).clip(0, 255).astype(np.uint8)


def written(width, height, sampling, quality, way):
    image = texture(width, height)
    if sampling == "4:4:0":  # Pillow does not write it.
        options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
                   cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440, cv2.IMWRITE_JPEG_PROGRESSIVE, int(way == "progressive"),
                   cv2.IMWRITE_JPEG_OPTIMIZE, int(way == "optimised")]
        options += [cv2.IMWRITE_JPEG_RST_INTERVAL, 2] if way == "restarts" else []
        return cv2.imencode(".jpg", image[..., ::-1], options)[1].tobytes()
    image = Image.fromarray(image)
    options = {"progressive": way == "progressive", "optimize": way == "optimised"}
    if way == "restarts":
        options["restart_marker_blocks"] = 2
    if sampling == "gray":
        image = image.convert("L")
    else:
        options["subsampling"] = sampling
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, **options)
    return file.getvalue()


def segments(file):
    """The segments before the first scan: marker and body."""
    at = 2
    while file[at + 1] != 0xDA:
        length = int.from_bytes(file[at + 2:at + 4], "big")
        yield file[at + 1], file[at + 4:at + 2 + length]
        at += 2 + length


def segment(marker, body):
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + bytes(body)


def standard_codes():
    """Codes by table and symbol, from a file that has the standard's tables; and the segments themselves."""
    codes, raw = {}, b""
    for marker, body in segments(written(8, 8, "4:4:4", 75, "plain")):
        raw += segment(marker, body) if marker == 0xC4 else b""
        while marker == 0xC4 and body:
            counts, place, code = body[1:17], 17, 0
            for length, count in enumerate(counts, 1):
                for _ in range(count):
                    codes[body[0], body[place]] = format(code, f"0{length}b")
                    place, code = place + 1, code + 1
                code <<= 1
            body = body[place:]
    return codes, raw


CODES, TABLES = standard_codes()


def made_up(width, height, samplings, scans, ids=(1, 2, 3), interval=0, tables=True, adobe=None, jfif=False, wide=False):
    """A file of random coefficients, in ways that no encoder at hand writes."""
    most_h, most_v = (max(s[axis] for s in samplings) for axis in (0, 1))
    file = b"\xff\xd8"
    file += segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") if jfif else b""
    file += segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([adobe])) if adobe is not None else b""
    for table in (0, 1):
        divisors = random.integers(1, 14, 64).astype(">u2" if wide else "u1").tobytes()
        file += segment(0xDB, bytes([wide << 4 | table]) + divisors)
    parts = [[i, h << 4 | v, min(c, 1)] for c, (i, (h, v)) in enumerate(zip(ids, samplings))]
    file += segment(0xC1, [8, *height.to_bytes(2, "big"), *width.to_bytes(2, "big"), len(parts), *sum(parts, [])])
    file += TABLES if tables else b""
    file += segment(0xDD, interval.to_bytes(2, "big")) if interval else b""
    for scan in scans:
        file += segment(0xDA, [len(scan), *sum(([ids[c], min(c, 1) * 0x11] for c in scan), []), 0, 63, 0])
        if len(scan) == 1:
            (h, v), blocks = samplings[scan[0]], {scan[0]: 1}
            across, down = -(-(-(-width * h // most_h)) // 8), -(-(-(-height * v // most_v)) // 8)
        else:
            blocks = {c: samplings[c][0] * samplings[c][1] for c in scan}
            across, down = -(-width // (8 * most_h)), -(-height // (8 * most_v))
        bits, last = "", dict.fromkeys(scan, 0)
        for unit in range(across * down):
            if interval and unit and unit % interval == 0:
                file += packed(bits) + bytes([0xFF, 0xD0 + (unit // interval - 1) % 8])
                bits, last = "", dict.fromkeys(scan, 0)
            for c in scan:
                for _ in range(blocks[c]):
                    first = int(random.integers(-40, 41))
                    bits += block(first - last[c], min(c, 1))
                    last[c] = first
        file += packed(bits)
    return file + b"\xff\xd9"


def number(value):
    size = abs(value).bit_length()
    return size, format(value if value > 0 else value + (1 << size) - 1, f"0{size}b") if size else ""


def block(difference, table):
    size, bits = number(difference)
    bits = CODES[table, size] + bits
    values = [int(v) for v in random.normal(0, 12 / (1 + np.arange(63) / 6))]
    values = values[:int(random.choice([0, 3, 9, 30, 63]))]
    zeros = 0
    while values and values[-1] == 0:
        values.pop()
    for value in values:
        if value == 0:
            zeros += 1
            continue
        bits += CODES[16 | table, 0xF0] * (zeros // 16)
        size, low = number(value)
        bits += CODES[16 | table, zeros % 16 << 4 | size] + low
        zeros = 0
    return bits if len(values) == 63 else bits + CODES[16 | table, 0]


def packed(bits):
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")


def files():
    for i, (size, sampling, quality) in enumerate((a, b, c) for a in SIZES for b in SAMPLINGS for c in (10, 75, 95)):
        way = ["plain", "progressive", "restarts", "optimised"][i % 4]
        yield f"{size[0]}x{size[1]},{sampling},{quality},{way}", written(*size, sampling, quality, way)
    one, each = [[0, 1, 2]], [[0], [1], [2]]
    yield "odd,luma-1x1-chroma-2x2", made_up(37, 21, [(1, 1), (2, 2), (2, 2)], one)
    yield "odd,4:1:1", made_up(37, 21, [(4, 1), (1, 1), (1, 1)], one)
    yield "odd,1x4", made_up(21, 37, [(1, 4), (1, 1), (1, 1)], each)
    yield "odd,3x3", made_up(50, 26, [(3, 3), (1, 1), (3, 1)], each)
    yield "odd,three-ways", made_up(37, 21, [(2, 2), (1, 2), (2, 1)], [[1, 2], [0]])
    yield "odd,2x2-two-columns", made_up(4, 9, [(2, 2), (1, 1), (1, 1)], one)
    yield "odd,2x2-three-columns", made_up(5, 9, [(2, 2), (1, 1), (1, 1)], one)
    yield "odd,gray-3x2", made_up(33, 17, [(3, 2)], [[0]])
    yield "odd,no-tables", made_up(33, 17, [(2, 1), (1, 1), (1, 1)], one, tables=False)
    yield "odd,wide-divisors", made_up(33, 17, [(2, 1), (1, 1), (1, 1)], one, wide=True, interval=1)
    yield "odd,scan-restarts", made_up(50, 26, [(2, 2), (1, 1), (1, 1)], each, interval=3)
    yield "odd,adobe-rgb", made_up(9, 9, [(1, 1)] * 3, one, adobe=0)
    yield "odd,adobe-ycc-named-rgb", made_up(9, 9, [(1, 1)] * 3, one, adobe=1, ids=b"RGB")
    yield "odd,jfif-named-rgb", made_up(9, 9, [(1, 1)] * 3, one, adobe=0, jfif=True, ids=b"RGB")
    yield "odd,named-rgb", made_up(9, 9, [(1, 1)] * 3, one, ids=b"RGB")


def digest(pixels):
    state = 0xCBF29CE484222325
    for byte in pixels.tobytes():
        state = (state ^ byte) * 0x100000001B3 % (1 << 64)
    return f"{state:016x}"


def digests(file):
    colour = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
    image = Image.open(io.BytesIO(file))
    if image.mode == "RGB":
        image.draft("L", image.size)
    gray = np.asarray(image.convert("L"))
    raw = np.frombuffer(file, np.uint8)
    assert (cv2.imdecode(raw, cv2.IMREAD_COLOR)[..., ::-1] == colour).all()
    assert (cv2.imdecode(raw, cv2.IMREAD_GRAYSCALE) == gray).all()
    return f"{digest(colour)} {digest(gray)}"


def main():
    listing = HERE / "jpeg.txt"
    lines, data = [], b""
    for name, file in files():
        lines.append(f"{name} {len(file)} {digests(file)}")
        data += file
    if len(sys.argv) > 1:
        paths = [(f"ped2/{name}.jpg", Path(sys.argv[1]) / f"{name}.jpg") for name in PED2]
        lines += [f"{name} - {digests(path.read_bytes())}" for name, path in paths]
    else:
        lines += [line for line in listing.read_text().splitlines() if line.startswith("ped2/")]
    (HERE / "jpeg.bin").write_bytes(data)
    listing.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
