"""How well and how fast the audit works: ``python -m tests.audit_bench [--quick]``.

Near duplicates against every pair compared by brute force, identifiers against planted ones,
speed and memory on one core at two sizes, and files that must be refused. Prints a table.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np

from lab.corpora import text as shipped
from tests.lab.audit import duplicates, planted

_ONE_CORE: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_AUDIT: Final = """
import json, resource, sys, time
from pathlib import Path
from lab.audit import job
from lab.events import Events
from lab.jobs import Report
folder = Path(sys.argv[1])
with Events(folder) as events:
    began = time.perf_counter()
    found = job.work(json.loads(sys.argv[2]), Report(folder, events))
    found["wall_s"] = time.perf_counter() - began
found["cpu_s"] = time.process_time()
found["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps(found))
"""
#: Reads, cuts, signs, compares, and nothing else.
_NEAR_ONLY: Final = """
import hashlib, json, sys, time
from pathlib import Path
import numpy as np
from lab.audit import near
from lab.audit.reading import Sample
from lab.audit.signatures import bands_for, permutations
from lab.audit.spool import Spool
from lab.audit.words import grams_of, words_of
began = time.perf_counter()
with Spool(Path(sys.argv[1])) as spool:
    index = near.Index(spool, threshold=0.8, bands=bands_for(0.8))
    for texts in Sample([Path(sys.argv[2])]).batches():
        contents = [text.encode() for text in texts]
        spool.add(contents)
        digests = [hashlib.blake2b(one, digest_size=8).digest() for one in contents]
        index.add(
            np.array([int.from_bytes(one, "little") for one in digests], np.uint64),
            grams_of(words_of(texts), near.GRAM, whole_if_shorter=True),
        )
    found = index.find(lambda share: None)
    wall_s = time.perf_counter() - began
    cpu_s = time.process_time()
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "bytes": spool.n_bytes}))
"""


def main(arguments: list[str]) -> int:
    """Run every part and print it."""
    quick = "--quick" in arguments
    with tempfile.TemporaryDirectory(prefix="audit-bench-") as name:
        folder = Path(name)
        for language in ("en", "zh"):
            _near(folder, language, 2000 if quick else 10_000)
        for language in ("en", "zh"):
            _pii(language, 1000 if quick else 5000)
        _speed(folder, [5, 20] if quick else [50, 500])
        _refusals(folder)
    return 0


def _row(what: str, figure: str, bar: str = "") -> None:
    print(f"{what:62} {figure:>34}   {bar}", flush=True)


def _run(program: str, *arguments: str) -> tuple[dict[str, Any] | None, str]:
    """What a program printed on one core, or why it failed."""
    core = max(os.sched_getaffinity(0))
    done = subprocess.run(
        ["taskset", "-c", str(core), sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | _ONE_CORE,
        check=False,
    )
    if done.returncode:
        return None, done.stderr.strip().rpartition("\n")[2]
    return json.loads(done.stdout), ""


def _job_folder(folder: Path) -> str:
    return tempfile.mkdtemp(prefix="job-", dir=folder)


def _near(folder: Path, language: str, n: int) -> None:
    texts = duplicates.planted(n, chinese=language == "zh", seed=11)
    true = np.array(duplicates.truth(texts))
    path = folder / f"near-{language}.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
    code = _NEAR_ONLY.replace(
        'json.dumps({"wall_s"', 'json.dumps({"which": found.near.nonzero()[0].tolist(), "wall_s"'
    )
    found, why = _run(code, _job_folder(folder), str(path))
    assert found is not None, why
    mine = np.zeros(n, bool)
    mine[found["which"]] = True
    recall = (mine & true).sum() / true.sum()
    precision = (mine & true).sum() / mine.sum()
    what = f"near duplicates, {language}: {n} texts, {int(true.sum())} at Jaccard 0.8 or more"
    _row(what, f"R {recall:.4f}  P {precision:.4f}", "0.95 / 0.95")


def _pii(language: str, n: int) -> None:
    from lab.audit.pii.scan import spans

    hits: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for text in planted.texts(language, n, seed=99):
        found = spans(text.text)
        right = set()
        for start, end, kind in text.spans:
            mine = {
                span
                for span in found
                if span.kind == kind
                and min(end, span.end) - max(start, span.start) >= 0.8 * (end - start)
            }
            right |= mine
            (hits if mine else missed)[kind] += 1
        false.update(span.kind for span in set(found) - right)
    for kind in [*sorted(hits), "all"]:
        h, m, f = (
            (count.total() if kind == "all" else count[kind]) for count in (hits, missed, false)
        )
        bar = "0.95 / 0.90" if kind == "all" else ""
        what = f"identifiers, {language}: {kind} ({h + m} planted)"
        _row(what, f"R {h / (h + m):.4f}  P {h / max(h + f, 1):.4f}", bar)


def sample_of(path: Path, n_mb: int, *, seed: int = 5) -> None:
    """Texts of words of real ones, with identifiers, numbers and copies among them; a fifth
    are Chinese.
    """
    words = np.array((shipped.shakespeare().text + shipped.python_help().text * 3).split(), object)
    chinese = "".join(text.text for text in planted.texts("zh", 3000, seed=seed)).split("\n")
    draw, rng = np.random.default_rng(seed), random.Random(seed)
    kept: list[str] = []
    size = 0
    with path.open("w", encoding="utf-8") as file:
        while size < n_mb * 1_000_000:
            chance = rng.random()
            if chance < 0.2:
                some = rng.sample(chinese, 12)
                text = "".join("".join(c for c in one if not c.isascii()) for one in some)
            else:
                text = " ".join(words[draw.integers(0, len(words), int(draw.integers(60, 500)))])
            if chance > 0.95:
                text += f" Write to a{rng.randrange(999)}@example.com or call "
                text += f"(415) 555-0{rng.randrange(100, 200)}."
            elif chance > 0.5:
                text += f" In {rng.randrange(1900, 2024)} it cost ${rng.randrange(999)}.99."
            elif 0.2 < chance < 0.3 and kept:
                copy = rng.choice(kept).split()
                copy[rng.randrange(len(copy))] = f"z{rng.randrange(10**6)}"
                text = " ".join(copy)
            if len(kept) < 5000:
                kept.append(text)
            line = json.dumps({"text": text}, ensure_ascii=False) + "\n"
            file.write(line)
            size += len(line.encode())


def _speed(folder: Path, sizes: list[int]) -> None:
    peaks, rows = [], []
    for n_mb in sizes:
        path = folder / "speed.jsonl"
        sample_of(path, n_mb)
        if n_mb == sizes[0]:
            found, why = _run(_NEAR_ONLY, _job_folder(folder), str(path))
            assert found is not None, why
            _row(f"near duplicates alone, {n_mb} MB, one core", _rates(found), "3")
        found, why = _run(_AUDIT, _job_folder(folder), json.dumps({"files": [str(path)]}))
        assert found is not None, why
        _row(
            f"the whole audit, {n_mb} MB, {found['documents']} texts, one core",
            _rates(found),
            "3",
        )
        _row("  peak memory", f"{found['peak_bytes'] / 1e6:.0f} MB", "flat")
        peaks.append(found["peak_bytes"])
        rows.append(found["documents"])
        path.unlink()
    slope = (peaks[-1] - peaks[0]) / (rows[-1] - rows[0])
    at_5_gb = peaks[-1] + slope * rows[-1] * (5000 / sizes[-1] - 1)
    _row("  bytes of memory for each further text", f"{slope:.0f}")
    _row("  peak memory of 5 GB, extrapolated", f"{at_5_gb / 1e9:.2f} GB", "24")


def _rates(found: dict[str, Any]) -> str:
    """By the processor's time, start and imports included, and by the clock, which others share."""
    mb = found["bytes"] / 1e6
    return f"{mb / found['cpu_s']:.2f} MB/s ({mb / found['wall_s']:.2f} by the clock)"


def _refusals(folder: Path) -> None:
    import gzip

    import pyarrow as pa
    from pyarrow import parquet

    line = folder / "line.jsonl"
    with line.open("wb") as file:
        for _ in range(200):
            file.write(b"a" * 1_000_000)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(random.Random(0).randbytes(100_000))
    with gzip.open(folder / "bomb.txt.gz", "wb", 6) as packed:
        for _ in range(300):
            packed.write(b"0 " * 500_000)
    parquet.write_table(pa.table({"x": [[{"a": 1}]]}), folder / "nested.parquet")
    good = "".join(f'{{"text": "line {k}"}}\n' for k in range(2000))
    (folder / "changes.jsonl").write_text(good + "a,b\n" * 2000)
    for name in (
        *("line.jsonl", "empty.txt", "binary.txt", "bomb.txt.gz", "nested.parquet"),
        "changes.jsonl",
    ):
        began = time.perf_counter()
        found, why = _run(_AUDIT, _job_folder(folder), json.dumps({"files": [str(folder / name)]}))
        state = "READ" if found is not None else f"{time.perf_counter() - began:.1f} s"
        _row(f"refused: {name}", state, why.partition("InputError: ")[2][:120])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
