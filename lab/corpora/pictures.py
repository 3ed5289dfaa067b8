"""Pictures with labels: handwritten digits, Fashion-MNIST, or a person's folder."""

import gzip
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import InputError, Message, shown
from lab.corpora import picture_files, shipped
from lab.corpora.cleaning import Copies, deduplicated
from lab.corpora.provenance import Provenance, folder_sha256, sha256
from lab.corpora.reviews import check_classes
from lab.corpora.split import TEST_SHARE, Split, grouped

#: Side to which a person's pictures are brought where nobody says otherwise.
SIDE_PIXELS: Final = 32
#: Share of a person's pictures that may be broken, at the most.
MOST_BROKEN_SHARE: Final = 0.1
#: All pictures together, as bytes: they are held in memory.
MOST_BYTES: Final = 4_000_000_000

#: The classes as the makers of Fashion-MNIST number them.
FASHION_CLASSES: Final = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Pictures as ``(picture, channel, row, column)`` from 0 to 255, and their classes.

    One channel is greyscale, three are RGB. ``shipped_split`` is the one that the makers
    of the data set published, where they did.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    shipped_split: Split | None
    provenance: Provenance

    def split(self, *, test_share: float = TEST_SHARE, seed: int = 0) -> Split:
        """The published split; else by label, equal pictures on one side."""
        if self.shipped_split is not None:
            return self.shipped_split
        groups = [image.tobytes() for image in self.images]
        return grouped(groups, labels=self.labels, test_share=test_share, seed=seed)


def load(path: Path | None = None, *, name: str = "digits") -> Pictures:
    """The person's folder, or else the shipped ``digits`` or ``fashion-mnist``.

    Raises ``InputError`` for another name, and as ``from_folder`` does.
    """
    if path is not None:
        return from_folder(path)
    if name == "digits":
        return digits()
    if name == "fashion-mnist":
        return fashion_mnist()
    raise InputError(
        "data",
        "{name} is no set of pictures; write digits, fashion-mnist or the path of a folder",
        name=shown(name),
    )


def digits(*, is_fallback: bool = False) -> Pictures:
    """The handwritten digits that scikit-learn ships, 8 x 8 pixels of 17 shades.

    Read from its file: importing scikit-learn would take longer than training on them.
    Raises ``InputError`` where it is not installed.
    """
    package = importlib.util.find_spec("sklearn")
    home = Path(package.origin).parent if package and package.origin else Path()
    try:
        content = (home / "datasets" / "data" / "digits.csv.gz").read_bytes()
    except OSError as missing:
        raise InputError(
            "data", "the digits come with scikit-learn, which is not installed here"
        ) from missing
    table = np.loadtxt(gzip.decompress(content).decode("ascii").splitlines(), delimiter=",")
    shades = table[:, :-1].reshape(-1, 1, 8, 8)
    title = Message("the handwritten digits of scikit-learn")
    return Pictures(
        images=np.rint(shades * (255 / 16)).astype(np.uint8),
        labels=table[:, -1].astype(np.int64),
        classes=tuple("0123456789"),
        shipped_split=None,
        provenance=Provenance(
            name=title,
            licence="BSD-3-Clause",
            sha256=sha256(content),
            n=len(table),
            notes=(shipped.missing_note("fashion-mnist", title),) if is_fallback else (),
            is_fallback=is_fallback,
        ),
    )


def fashion_mnist() -> Pictures:
    """Articles of clothing, 28 x 28 pixels, in the published split of 60,000 and 10,000.

    The digits stand in where the package could not be fetched.
    """
    files = shipped.find("fashion-mnist")
    if files is None:
        return digits(is_fallback=True)
    by_name = {file.name.removesuffix("-ubyte.gz"): file for file in files}
    try:
        train, test = (read_idx(by_name[f"{part}-images-idx3"]) for part in ("train", "t10k"))
        labels = [read_idx(by_name[f"{part}-labels-idx1"]) for part in ("train", "t10k")]
    except KeyError as missing:
        raise InputError(
            "data", "the file {file} of Fashion-MNIST is missing", file=str(missing.args[0])
        ) from missing
    n = len(train) + len(test)
    return Pictures(
        images=np.concatenate([train, test])[:, None],
        labels=np.concatenate(labels).astype(np.int64),
        classes=FASHION_CLASSES,
        shipped_split=Split(train=np.arange(len(train)), test=np.arange(len(train), n)),
        provenance=Provenance(
            name=shipped.TITLES["fashion-mnist"],
            licence=shipped.corpora()["fashion-mnist"].licence,
            sha256=folder_sha256(files),
            n=n,
        ),
    )


def read_idx(path: Path) -> NDArray[np.uint8]:
    """An array of bytes in the IDX format of MNIST, compressed. Raises ``InputError``.

    Source: LeCun, Cortes, Burges, The MNIST database: two zero bytes, the type (8 is an
    unsigned byte), the number of dimensions, each dimension as four bytes, the data.
    """
    try:
        content = gzip.decompress(path.read_bytes())
        zeros, kind, n_dimensions = content[:2], content[2], content[3]
        shape = tuple(np.frombuffer(content, ">u4", n_dimensions, 4).astype(int))
        values = np.frombuffer(content, np.uint8, offset=4 + 4 * n_dimensions)
        if zeros != b"\0\0" or kind != 8:
            raise ValueError
        return values.reshape(shape)
    except (OSError, EOFError, ValueError, IndexError) as broken:
        raise InputError("data", "{path} is no IDX file", path=path.name) from broken


def from_folder(
    path: Path,
    *,
    side_pixels: int = SIDE_PIXELS,
    colour: bool | None = None,
    field: str = "data",
) -> Pictures:
    """A folder with one sub-folder of pictures per class, brought to one square size.

    The shorter side is scaled to ``side_pixels`` and the middle cut out. ``colour`` is
    ``None`` to keep RGB where any picture has it. Files that are no pictures are ignored,
    broken ones left out and counted, copies taken out. Raises ``InputError`` where too
    many are broken, where there is nothing to read, or a single class.
    """
    files = picture_files.by_class(path, field=field)
    name = Message("{path}", {"path": path.name})
    check_classes(set(files), name, field=field)
    listed = [(label, file) for label, found in files.items() for file in found]
    n_bytes = len(listed) * side_pixels**2 * (1 if colour is False else 3)
    if n_bytes > MOST_BYTES:
        raise InputError(
            field,
            "{n} pictures of {side} x {side} pixels take {n_bytes} bytes of memory; give "
            "fewer, or a smaller size",
            n=len(listed),
            side=side_pixels,
            n_bytes=n_bytes,
        )
    squares: list[NDArray[np.uint8]] = []
    labels: list[str] = []
    broken: list[Path] = []
    is_coloured = False
    for label, file in listed:
        square = picture_files.square(file, side_pixels)
        if square is None:
            broken.append(file)
            continue
        squares.append(square.rgb)
        labels.append(label)
        is_coloured |= square.is_coloured
    if len(broken) > MOST_BROKEN_SHARE * len(listed):
        raise InputError(
            field,
            "{n} of {n_listed} pictures cannot be read, for example {example}",
            n=len(broken),
            n_listed=len(listed),
            example=shown(f"{broken[0].parent.name}/{broken[0].name}"),
        )
    in_colour = is_coloured if colour is None else colour
    images = np.stack(squares)
    images = images if in_colour else picture_files.grey(images)
    kept, copies = deduplicated([image.tobytes() for image in images], labels)
    left = {labels[i] for i in kept}
    check_classes(left, name, field=field)
    classes = tuple(sorted(left))
    return Pictures(
        images=images[kept],
        labels=np.array([classes.index(labels[i]) for i in kept], np.int64),
        classes=classes,
        shipped_split=None,
        provenance=Provenance(
            name=name,
            licence=None,
            sha256=sha256(images.tobytes() + "\n".join(labels).encode()),
            n=len(kept),
            notes=_notes(broken, copies),
        ),
    )


def _notes(broken: list[Path], copies: Copies) -> tuple[Message, ...]:
    notes = []
    if broken:
        notes.append(
            Message(
                "{n} pictures that cannot be read were left out: {examples}",
                {
                    "n": len(broken),
                    "examples": ", ".join(f"{p.parent.name}/{p.name}" for p in broken[:5]),
                },
            )
        )
    if copies.message is not None:
        notes.append(copies.message)
    return tuple(notes)
