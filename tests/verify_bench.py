"""How well provenance is told, on models that are trained for it: ``python -m tests.verify_bench``.

``--zoo FOLDER`` keeps the models (a quarter of an hour to train), ``--write`` stores the figures
that the verdict quotes.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from lab.verify import provenance
from lab.verify.folder import Checkpoint, open_folder
from lab.verify.provenance import Provenance
from tests.lab.verify import zoo

Kind = Literal["derived", "shared start", "independent"]

_STARTS: Final = ("start-1 other data", "start-1 same data", "start-1 longer")
_OF_SECOND: Final = ("tuned 2", "continued 2")
_STRANGERS: Final = ("base-2", "base-3", *_OF_SECOND)
_WRITTEN_TO: Final = Path(provenance.__file__).with_name("provenance_measured.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two models of known origin, and what was found."""

    one: Path
    base: Path
    kind: Kind
    found: Provenance

    def evidence(self, name: str) -> float | None:
        return next((e.value for e in self.found.evidence if e.name == name), None)


@cache
def _opened(folder: Path) -> Checkpoint:
    return open_folder(folder)


def _judged(one: Path, base: Path, kind: Kind) -> Pair:
    found = provenance.trace(_opened(one), _opened(base))
    return Pair(one=one, base=base, kind=kind, found=found)


def pairs(root: Path) -> Iterator[Pair]:
    """Every pair of a family whose origin is known, and families beside each other."""
    for family in sorted(path for path in root.iterdir() if path.is_dir()):
        first, second = family / "base-1", family / "base-2"
        made = [
            path
            for path in sorted(family.iterdir())
            if path.name not in ("base-1", *_STARTS, *_STRANGERS)
        ]
        for path in made:
            yield _judged(path, first, "derived")
            yield _judged(path, family / "base-3", "independent")
            if path.name != "merged with a stranger":
                yield _judged(path, second, "independent")
        for name in _OF_SECOND:
            yield _judged(family / name, second, "derived")
            yield _judged(family / name, first, "independent")
        for name in _STARTS:
            yield _judged(family / name, first, "shared start")
            yield _judged(family / name, second, "independent")
        yield _judged(second, first, "independent")
        yield _judged(family / "base-3", first, "independent")
    bases = [path / "base-1" for path in sorted(root.iterdir()) if path.is_dir()]
    for one in bases:
        for base in bases:
            if one.parent.name < base.parent.name:
                yield _judged(one, base, "independent")


def auc(positive: list[float], negative: list[float]) -> float:
    """The chance that a positive scores above a negative; ties half."""
    p, n = np.array(positive)[:, None], np.array(negative)[None]
    return float(np.mean((p > n) + 0.5 * (p == n)))


def figures(found: list[Pair]) -> dict[str, Any]:
    """What the verdict quotes."""

    def scores(*kinds: Kind) -> list[float]:
        return [pair.found.score or 0.0 for pair in found if pair.kind in kinds]

    def values(name: str, kind: Kind) -> list[float]:
        known = [pair.evidence(name) for pair in found if pair.kind == kind]
        return [value for value in known if value is not None]

    innocent = [pair for pair in found if pair.kind != "derived"]
    accused = [pair for pair in innocent if pair.found.verdict == "derived"]
    derived = [pair for pair in found if pair.kind == "derived"]
    n = len(innocent)
    return {
        "n_pairs": len(found),
        "n_derived": len(derived),
        "n_independent": len([p for p in found if p.kind == "independent"]),
        "n_shared_start": len([p for p in found if p.kind == "shared start"]),
        "n_accused_wrongly": len(accused),
        # Clopper and Pearson 1934; no event in n gives 1 - 0.05^(1/n).
        "false_accusations_upper_95": 1 - 0.05 ** (1 / n) if not accused else None,
        "n_derived_found": sum(p.found.verdict == "derived" for p in derived),
        "n_derived_called_independent": sum(p.found.verdict == "independent" for p in derived),
        "auc": auc(scores("derived"), scores("independent", "shared start")),
        "auc_without_shared_starts": auc(scores("derived"), scores("independent")),
        "most_cosine_of_strangers": max(map(abs, values("weight_correlation", "independent"))),
        "most_matched_cosine_of_strangers": max(
            values("matched_correlation", "independent"), default=0.0
        ),
        "most_kept_of_shared_starts": max(values("trained_directions_kept", "shared start")),
        "most_score_of_shared_starts": max(scores("shared start")),
        "least_score_of_derived": min(scores("derived")),
        "least_kept_of_derived": min(values("trained_directions_kept", "derived")),
        "most_std_correlation_of_strangers": max(values("attention_std_profile", "independent")),
        "least_spectrum_distance_of_strangers": min(values("spectrum_distance", "independent")),
    }


def main() -> None:
    """Train what is missing, judge every pair, print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--zoo", type=Path)
    asked.add_argument("--write", action="store_true")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = given.zoo or Path(temporary)
        zoo.build(root)
        found = list(pairs(root))
    for pair in found:
        score = "-" if pair.found.score is None else f"{pair.found.score:.3f}"
        name = f"{pair.one.parent.name}: {pair.one.name} / {pair.base.parent.name} {pair.base.name}"
        print(f"{pair.kind:13} {score:>6}  {pair.found.verdict:12} {name}")
    told = figures(found)
    _print(told)
    if given.write:
        _WRITTEN_TO.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def _print(told: Mapping[str, Any]) -> None:
    for name, value in told.items():
        print(f"{name:40} {value if isinstance(value, int) else f'{value:.4f}'}")


if __name__ == "__main__":
    main()
