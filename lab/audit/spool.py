"""What an audit keeps on disk while it runs: the texts in order, and a column of numbers for
each thing that is known of every text. Memory holds a batch at a time.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from lab.audit.words import BETWEEN, U64, Ints

#: Numbers of a column that are held at once.
_AT_ONCE: Final = 1 << 20


class Column:
    """Numbers of 64 bits, one for each text, appended and then read in order."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] = path.open("wb")

    def add(self, values: NDArray[Any]) -> None:
        """The numbers of the next texts."""
        self._file.write(np.ascontiguousarray(values, np.uint64).tobytes())

    def parts(self) -> Iterator[tuple[int, U64]]:
        """The column in pieces, each with the number of its first text."""
        self._file.flush()
        at = 0
        with self._path.open("rb") as file:
            while len(part := np.fromfile(file, np.uint64, _AT_ONCE)):
                yield at, part
                at += len(part)

    def close(self) -> None:
        """No more will be added."""
        self._file.close()


class Spool:
    """A folder of temporary files; it is gone with the context."""

    def __init__(self, parent: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="audit-", dir=parent)
        self.path = Path(self._folder.name)
        self._columns: dict[str, Column] = {}
        self._texts: IO[bytes] = (self.path / "texts").open("w+b")
        self._ends = self.column("ends")
        self.n_texts = 0
        self.n_bytes = 0
        self._places: Ints | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._texts.close()
        for column in self._columns.values():
            column.close()
        self._folder.cleanup()

    def column(self, name: str) -> Column:
        """The column of this name, new where there is none."""
        if name not in self._columns:
            self._columns[name] = Column(self.path / name)
        return self._columns[name]

    def add(self, contents: Sequence[bytes]) -> None:
        """The next texts, in UTF-8."""
        ends = self.n_bytes + np.cumsum([len(content) for content in contents])
        self._texts.write(b"".join(contents))
        self._ends.add(ends)
        self.n_texts += len(contents)
        self.n_bytes = int(ends[-1])

    def texts(self, numbers: Sequence[int] | NDArray[Any]) -> list[str]:
        """Some texts, as they were read; ascending numbers are read fastest."""
        places = self._all_places()
        found = []
        for number in numbers:
            self._texts.seek(places[number])
            content = self._texts.read(int(places[number + 1] - places[number]))
            found.append(content.decode("utf-8").replace(BETWEEN, " "))
        return found

    def lengths(self) -> Ints:
        """Bytes of every text."""
        return np.diff(self._all_places())

    def _all_places(self) -> Ints:
        if self._places is None or len(self._places) != self.n_texts + 1:
            self._texts.flush()
            parts = [part.astype(np.int64) for _, part in self._ends.parts()]
            self._places = np.concatenate([np.zeros(1, np.int64), *parts])
        return self._places
