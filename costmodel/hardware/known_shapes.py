"""Published models by their shape: which one an architecture equals."""

from dataclasses import dataclass
from functools import cache

from costmodel import facts
from costmodel.workload.model_spec import ModelSpec

_COLUMNS = ("model", "layers", "hidden", "heads", "kv_heads", "ffn", "vocab", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownShape:
    """A published model whose depth and widths equal a given one's.

    ``same_vocabulary`` says whether the vocabulary's size is equal, too.
    """

    model: str
    source: str
    same_vocabulary: bool


@cache
def _published() -> tuple[tuple[tuple[int, ...], int | None, str, str], ...]:
    found = []
    for _, row in facts.read_rows(facts.data_dir() / "reference_runs.csv", _COLUMNS):
        shape = [row[name] for name in ("layers", "hidden", "heads", "kv_heads", "ffn")]
        if all(cell.isdigit() for cell in shape):
            vocab = int(row["vocab"]) if row["vocab"].isdigit() else None
            found.append((tuple(map(int, shape)), vocab, row["model"], row["source"]))
    return tuple(found)


def alike(spec: ModelSpec) -> tuple[KnownShape, ...]:
    """The published models of this depth, width, heads and feed-forward width, those with the
    vocabulary's size first. Equal shapes say nothing of where weights come from.
    """
    shape = (spec.n_layers, spec.d_model, spec.n_heads, spec.n_kv_heads, spec.d_ff)
    found = {
        model: KnownShape(model=model, source=source, same_vocabulary=vocab == spec.vocab_size)
        for known, vocab, model, source in _published()
        if known == shape
    }
    return tuple(sorted(found.values(), key=lambda one: not one.same_vocabulary))
