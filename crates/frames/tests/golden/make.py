"""Writes the golden files beside it, with OpenCV and Pillow: what resizing and decoding are held against.

Made with OpenCV 5.0.0 and Pillow 13.0.0. Pillow 13 resizes columns first where that is faster, all others rows
first: the sizes here are ones that it resizes rows first too.
"""
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

HERE = Path(__file__).parent


def pattern(width, height, channels):
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    return ((x * 37 + y * 59 + c * 83 + x * y * 7) % 256).astype(np.uint8)


def texture(width, height):
    """Smooth shapes with an edge, in colours: what JPEG is made for."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    wave = 128 + 90 * np.sin(x / 5 + c) * np.cos(y / 4 - c)
    return np.where(x > y + 6, wave, 255 - wave / 2).astype(np.uint8)


def numbers(values):
    return " ".join(map(str, np.asarray(values).ravel().tolist()))


def sample(image):
    """Every seventh number: enough to tell, and small."""
    return numbers(np.asarray(image.convert("L") if getattr(image, "mode", "") == "1" else image).ravel()[::7])


def resizing():
    sizes = [(17, 11, 8, 5), (5, 4, 9, 7), (40, 24, 6, 4), (12, 6, 6, 3), (9, 5, 9, 3), (9, 5, 4, 5), (1, 3, 3, 2)]
    for width, height, to_width, to_height in sizes:
        for channels in (1, 3):
            image = pattern(width, height, channels).squeeze(2) if channels == 1 else pattern(width, height, 3)
            image = np.ascontiguousarray(image)
            by = {
                "opencv": cv2.resize(image, (to_width, to_height), interpolation=cv2.INTER_LINEAR),
                "antialiased": np.asarray(Image.fromarray(image).resize((to_width, to_height), Image.BILINEAR)),
            }
            for name, small in by.items():
                yield f"{name} {width} {height} {channels} {to_width} {to_height} = {numbers(small)}"


def main():
    (HERE / "resize.txt").write_text("\n".join(resizing()) + "\n")

    image = Image.fromarray(texture(37, 27))
    image.save(HERE / "colour.jpg", quality=85)
    image.save(HERE / "progressive.jpg", quality=85, progressive=True)
    image.save(HERE / "restarts.jpg", quality=85, subsampling=0, restart_marker_blocks=3)
    image.save(HERE / "rgb.jpg", quality=95, keep_rgb=True)
    image.convert("L").save(HERE / "gray.jpg", quality=85)
    image.convert("CMYK").resize((8, 8)).save(HERE / "cmyk.jpg")
    lines = []
    for name in ("colour", "progressive", "restarts", "rgb", "gray"):
        path = str(HERE / f"{name}.jpg")
        gray = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
        colour = cv2.cvtColor(cv2.imread(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        lines += [f"{name} 1 = {sample(gray)}", f"{name} 3 = {sample(colour)}"]

    small = pattern(6, 4, 3)
    quantized = Image.fromarray(small).quantize(8)
    quantized.save(HERE / "palette.png", transparency=3)
    quantized.save(HERE / "palette.bmp")
    bits = Image.fromarray(small[:, :, 0] > 127)
    bits.save(HERE / "bits.png")
    bits.save(HERE / "bits.bmp")
    bits.save(HERE / "bits.tiff")
    lines += [f"palette 3 = {sample(quantized.convert('RGB'))}", f"bits 1 = {sample(bits.convert('L'))}"]
    (HERE / "decode.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
