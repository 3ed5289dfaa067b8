"""A folder of pictures by class, and a picture of any size and kind as a small square."""

import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import InputError, shown

SUFFIXES: Final = frozenset(
    (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")
)
#: Larger than any photograph: what claims more is damaged, or made to fill the memory.
MOST_PIXELS: Final = 200_000_000
#: How Pillow names the kinds without colour.
_GREY_MODES: Final = ("1", "L", "LA", "I", "F")
#: Luma of ITU-R BT.601, which Pillow takes for greyscale too.
_LUMA: Final = (0.299, 0.587, 0.114)
#: What Pillow's readers raise for one kind of damage or another.
_DAMAGE: Final = (
    *(OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError),
    *(OverflowError, MemoryError, struct.error, zlib.error),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """A picture as ``(channel, row, column)`` in RGB, and whether its file has colours."""

    rgb: NDArray[np.uint8]
    is_coloured: bool


def by_class(folder: Path, *, field: str) -> dict[str, list[Path]]:
    """The picture files by the sub-folder they are under, hidden ones ignored.

    Raises ``InputError`` where the folder cannot be read or has no such pictures.
    """
    try:
        classes = sorted(p for p in folder.iterdir() if p.is_dir() and _is_visible(p))
        found = {
            each.name: sorted(
                p
                for p in each.rglob("*")
                if p.suffix.lower() in SUFFIXES and _is_visible(p) and p.is_file()
            )
            for each in classes
        }
    except OSError as failed:
        raise InputError(
            field,
            "{path} cannot be read: {reason}",
            path=shown(folder.name or folder),
            reason=failed.strerror or type(failed).__name__,
        ) from failed
    filled = {name: files for name, files in found.items() if files}
    if not filled:
        raise InputError(
            field,
            "{path} has no sub-folders with pictures; make one per class, named after it",
            path=shown(folder.name),
        )
    return filled


def square(file: Path, side_pixels: int) -> Square | None:
    """The middle of a picture, its shorter side scaled; ``None`` where it cannot be read.

    Turned as its camera says; what is transparent becomes white.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata; what is broken raises
            with Image.open(file) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    return None
                turned = ImageOps.exif_transpose(opened)
                is_coloured = not turned.mode.startswith(_GREY_MODES)
                if turned.mode.startswith(("I", "F")):  # Pillow would cut off above 255
                    turned = Image.fromarray(_scaled(np.asarray(turned), turned.mode))
                elif turned.has_transparency_data:
                    layer = turned.convert("RGBA")
                    turned = Image.new("RGBA", layer.size, "white")
                    turned.alpha_composite(layer)
                small = ImageOps.fit(
                    turned.convert("RGB"), (side_pixels, side_pixels), Image.Resampling.BOX
                )
                return Square(
                    rgb=np.ascontiguousarray(np.asarray(small, np.uint8).transpose(2, 0, 1)),
                    is_coloured=is_coloured,
                )
    except (Image.DecompressionBombError, *_DAMAGE):
        return None


def grey(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One channel for three, by luma: ``(picture, 1, row, column)``."""
    luma = np.tensordot(rgb, np.array(_LUMA, np.float32), axes=(1, 0))
    channel: NDArray[np.uint8] = np.rint(luma).astype(np.uint8)[:, None]
    return channel


def _is_visible(path: Path) -> bool:
    return not path.name.startswith((".", "__"))


def _scaled(values: NDArray[np.generic], mode: str) -> NDArray[np.uint8]:
    """Deep greyscale to 0..255: sixteen bits by their range, others by their own."""
    deep = values.astype(np.float64)
    most = 65535.0 if mode.startswith("I;16") else max(float(deep.max(initial=0.0)), 1.0)
    scaled: NDArray[np.uint8] = np.rint(np.clip(deep / most, 0, 1) * 255).astype(np.uint8)
    return scaled
