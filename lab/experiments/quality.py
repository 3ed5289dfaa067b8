"""Data quality: the same language model trained on a sample as it is and on its cleaned copy.

Both take the same number of steps, so of tokens, and are judged on the same held-out texts:
texts that nothing else in the sample repeats, and that neither of them was trained on.
"""

import hashlib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from scipy.stats import t as student

from costmodel.claims.finding import Verdict
from costmodel.messages import Amount, InputError, Message, check_within
from lab import config as configs
from lab.audit import near, quality
from lab.audit.pii import scan
from lab.audit.reading import Sample
from lab.audit.signatures import bands_for
from lab.audit.spool import Spool
from lab.audit.words import grams_of, words_of
from lab.corpora import text as shipped
from lab.experiments.outcome import verdict_of
from lab.findings import ForDeal, LabFinding
from lab.jobs import Report, StoppedError
from lab.runs import message_to_json
from lab.task import Setting
from lab.train import Loop, StopFlag
from lab.workloads.gpt import LanguageModel

DEFAULTS: Final[Mapping[str, Any]] = {
    "data": None,
    "text_column": None,
    "threshold": 0.8,
    "rules": True,
    "steps": 300,
    "seeds": 3,
    "seed": 0,
    "threads": 1,
    "claimed_gain_sigma": None,
}

#: Characters of the sample that are read; a small model in minutes sees no more.
_MOST_CHARACTERS: Final = 20_000_000
_HELD_OUT_SHARE: Final = 0.1
_HELD_OUT_CHARACTERS: Final = 30_000
_FEWEST_TEXTS: Final = 100
#: Rules whose failure takes a text out; a short text is kept.
_RULES: Final = ("word_length", "symbols", "no_letters", "repeated", "harsh")
_SHAPE: Final = {"n_layers": 2, "d_model": 64, "n_heads": 4, "context_tokens": 64, "batch_size": 16}
#: Defects planted where no sample was given: copies of texts, and rows of marks.
_PLANTED_COPIES: Final = 0.4
_PLANTED_NOISE: Final = 0.1
#: A gain of less than so many standard deviations of seeds may be chance.
_CLEAR: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """A sample as it is, its cleaned copy, and texts kept from both."""

    raw: str
    cleaned: str
    held_out: str
    n_raw: int
    n_cleaned: int
    n_held_out: int


def run(options: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Train on both with several seeds; the gain of cleaning. Raises ``InputError``."""
    chosen = {**DEFAULTS, **{name: value for name, value in options.items() if value is not None}}
    check_within("seeds", chosen["seeds"], 3, 20)
    check_within("steps", chosen["steps"], 1, 1e6)
    torch.set_num_threads(int(chosen["threads"]))
    report.say(Message("Cleaning the sample"), 0.0)
    texts, notes = _texts(chosen)
    variants = cleaned_and_raw(texts, report, threshold=chosen["threshold"], rules=chosen["rules"])
    corpus = report.folder / "corpus.txt"
    corpus.write_text(f"{variants.raw}\n{variants.cleaned}\n{variants.held_out}", "utf-8")
    losses: dict[str, list[float]] = {"raw": [], "cleaned": []}
    n_runs = 2 * int(chosen["seeds"])
    try:
        for place in range(n_runs):
            name = ("raw", "cleaned")[place % 2]
            shares = (0.05 + 0.95 * place / n_runs, 0.05 + 0.95 * (place + 1) / n_runs)
            seed = int(chosen["seed"]) + place // 2
            losses[name].append(_loss(corpus, name, variants, chosen, seed, report, shares))
            report.add("row", name=name, seed=seed, loss=losses[name][-1])
    finally:
        corpus.unlink(missing_ok=True)
    return _result(chosen, variants, losses, notes)


def cleaned_and_raw(
    texts: list[str], report: Report, *, threshold: float = 0.8, rules: bool = True
) -> Variants:
    """The sample twice without its held-out texts: as it is, and without repeats, texts that
    fail a rule, and identifiers.
    """
    repeats, alone = _repeats(texts, report, threshold)
    words = words_of(texts)
    failing = np.zeros(len(texts), bool)
    if rules:
        grams = grams_of(words, near.GRAM, whole_if_shorter=True)
        failures = quality.failures(texts, words, grams)
        for rule in _RULES:
            failing |= failures[rule]
    order = random.Random(0).sample(range(len(texts)), len(texts))
    held_out: set[int] = set()
    n_characters = 0
    most = min(_HELD_OUT_CHARACTERS, _HELD_OUT_SHARE * sum(map(len, texts)))
    for k in order:
        if n_characters >= most:
            break
        if alone[k] and not failing[k] and not scan.spans(texts[k]):
            held_out.add(k)
            n_characters += len(texts[k])
    raw = [k for k in range(len(texts)) if k not in held_out]
    kept = [k for k in raw if not repeats[k] and not failing[k]]
    if not held_out or not kept:
        raise InputError(
            "data", "too few texts of the sample stand alone to judge by; give a larger sample"
        )
    return Variants(
        raw="\n".join(texts[k] for k in raw),
        cleaned="\n".join(scan.redacted_all([texts[k] for k in kept])),
        held_out="\n".join(texts[k] for k in sorted(held_out)),
        n_raw=len(raw),
        n_cleaned=len(kept),
        n_held_out=len(held_out),
    )


def _texts(chosen: Mapping[str, Any]) -> tuple[list[str], list[Message]]:
    data = chosen["data"]
    if data is None:
        return _planted(), [
            Message(
                "No sample was given: this is the lab's own text with copies and rows of marks "
                "planted in it, which shows the method and says nothing of anybody's data."
            )
        ]
    sample = Sample([Path(data).expanduser()], text_column=chosen["text_column"])
    texts: list[str] = []
    n_characters = 0
    notes: list[Message] = []
    for text in sample.texts():
        texts.append(text)
        n_characters += len(text)
        if n_characters > _MOST_CHARACTERS:
            notes.append(
                Message(
                    "Only the first {n} characters of the sample were used.",
                    {"n": Amount(_MOST_CHARACTERS, "count")},
                )
            )
            break
    if len(texts) < _FEWEST_TEXTS:
        raise InputError(
            "data",
            "{n} texts are too few to train on; {least} are the least",
            n=len(texts),
            least=_FEWEST_TEXTS,
        )
    return texts, [*notes, *sample.notes()]


def _planted() -> list[str]:
    rng = random.Random(0)
    whole = shipped.load().text[:1_500_000]
    texts = [part.strip() for part in whole.split("\n\n") if len(part.split()) >= 20]
    copies = [
        rng.choice(texts[: len(texts) // 20]) for _ in range(int(_PLANTED_COPIES * len(texts)))
    ]
    noise = [
        "".join(rng.choices("#@$%^&*=~ 01", k=300)) for _ in range(int(_PLANTED_NOISE * len(texts)))
    ]
    texts += copies + noise
    rng.shuffle(texts)
    return texts


def _repeats(
    texts: list[str], report: Report, threshold: float
) -> tuple["np.ndarray[Any, np.dtype[np.bool_]]", "np.ndarray[Any, np.dtype[np.bool_]]"]:
    """Which texts repeat an earlier one, and which stand in no pair at all."""
    with Spool(report.folder) as spool:
        index = near.Index(spool, threshold=threshold, bands=bands_for(threshold))
        for start in range(0, len(texts), 2000):
            part = texts[start : start + 2000]
            contents = [text.encode("utf-8", "replace") for text in part]
            spool.add(contents)
            digests = [hashlib.blake2b(content, digest_size=8).digest() for content in contents]
            index.add(
                np.array([int.from_bytes(digest, "little") for digest in digests], np.uint64),
                grams_of(words_of(part), near.GRAM, whole_if_shorter=True),
            )
        found = index.find(lambda share: report.say_sometimes(_CLEANING, 0.05 * share))
    alone = ~found.near
    for later, earlier in (*(pair[:2] for pair in found.pairs), *found.exact_pairs):
        alone[later] = alone[earlier] = False
    return found.near, alone


_CLEANING: Final = Message("Cleaning the sample")


def _loss(
    corpus: Path,
    name: str,
    variants: Variants,
    chosen: Mapping[str, Any],
    seed: int,
    report: Report,
    shares: tuple[float, float],
) -> float:
    """Nats per token on the held-out texts after training with one seed."""
    config = configs.make(
        "gpt",
        {
            "data": str(corpus),
            "tokenizer": "char",
            "device": "cpu",
            "precision": "fp32",
            "keep_weights": False,
            "evaluate_every_steps": 10**9,
            "checkpoint_every_steps": 10**9,
            "steps": int(chosen["steps"]),
            "seed": seed,
            "threads": int(chosen["threads"]),
            **_SHAPE,
        },
    )
    torch.manual_seed(seed)
    task = LanguageModel(config, Setting(device=torch.device("cpu"), precision="fp32"))
    task.use(variants.raw if name == "raw" else variants.cleaned, variants.held_out)
    loop = Loop(task, folder=report.folder, events=None, stop=StopFlag(report.folder))
    doing = Message(
        "Training on the sample as it is, seed {seed}"
        if name == "raw"
        else "Training on the cleaned sample, seed {seed}",
        {"seed": seed},
    )

    def stepped() -> None:
        done = len(loop.progress.steps) / max(int(chosen["steps"]), 1)
        report.say_sometimes(doing, shares[0] + (shares[1] - shares[0]) * min(1.0, done))

    loop.after_step = stepped
    report.say(doing, shares[0])
    outcome = loop.run()
    if outcome.state == "stopped":
        raise StoppedError
    found = float(task.metrics()["validation_loss"])
    if not math.isfinite(found):
        raise InputError("steps", "the training diverged; take fewer steps or another sample")
    return found


def gain_in_sigma(
    raw: list[float], cleaned: list[float]
) -> tuple[float, float, float, float] | None:
    """The gain of cleaning over the spread of seeds, the ends of its 90% interval, and the
    spread: ``(mean raw - mean cleaned) / s`` with ``s`` pooled over both, by Student's t.

    ``None`` where the seeds do not differ.
    """
    n = len(raw)
    spread = math.sqrt((np.var(raw, ddof=1) + np.var(cleaned, ddof=1)) / 2)
    if spread == 0:
        return None
    gain = (float(np.mean(raw)) - float(np.mean(cleaned))) / spread
    half = float(student.ppf(0.95, 2 * n - 2)) * math.sqrt(2 / n)
    return gain, gain - half, gain + half, spread


def _result(
    chosen: Mapping[str, Any],
    variants: Variants,
    losses: Mapping[str, list[float]],
    notes: list[Message],
) -> dict[str, Any]:
    sizes = {"raw": variants.raw, "cleaned": variants.cleaned}
    texts = {"raw": variants.n_raw, "cleaned": variants.n_cleaned}
    tokens = int(chosen["steps"]) * _SHAPE["batch_size"] * _SHAPE["context_tokens"]
    labels = {"raw": Message("As it is"), "cleaned": Message("Cleaned")}
    table = [
        {
            "id": name,
            "label": message_to_json(labels[name]),
            "texts": texts[name],
            "examples": texts[name],
            "characters": len(sizes[name]),
            "tokens_trained": tokens,
            "epochs": tokens / max(len(sizes[name]), 1),
            "loss": float(np.mean(losses[name])),
            "losses": losses[name],
        }
        for name in ("raw", "cleaned")
    ]
    found = gain_in_sigma(losses["raw"], losses["cleaned"])
    for_deal = []
    if found is not None and chosen["data"] is not None:
        for_deal.append(
            ForDeal(
                path="measurements.filter_gain_sigma",
                value=found[0],
                why=Message(
                    "Held-out loss gained by cleaning, over the spread of {n} seeds, in small runs "
                    "of equal tokens",
                    {"n": len(losses["raw"])},
                ),
            ).as_json()
        )
    return {
        "name": "quality",
        "options": dict(chosen),
        "table": table,
        "rows": table,
        "baseline": table[0],
        "gain_sigma": None if found is None else found[0],
        "seed_sd": None if found is None else found[3],
        "held_out_texts": variants.n_held_out,
        "findings": [
            _finding(
                found, chosen["claimed_gain_sigma"], is_own_text=chosen["data"] is None
            ).as_json()
        ],
        "for_deal": for_deal,
        "levers": [],
        "notes": [message_to_json(note) for note in notes],
        "cannot_see": [
            message_to_json(
                Message(
                    "Small models that train for a minute gain from cleaning in another measure "
                    "than large ones that see a corpus many times."
                )
            )
        ],
    }


def _finding(
    found: tuple[float, float, float, float] | None, stated: float | None, *, is_own_text: bool
) -> LabFinding:
    """The gain against the claim, which the lab's own text says nothing of."""
    verdict: Verdict = "cannot tell"
    if found is not None and not is_own_text:
        verdict = verdict_of(stated, found[1], found[2], better="more", no_gain=0.0)
    if is_own_text and stated is not None:
        why = Message(
            "What cleaning gained on the lab's own text says nothing of the company's filter: give "
            "a sample of the company's text."
        )
    elif found is None:
        why = Message("The seeds do not differ, so there is no spread to measure the gain by.")
    elif abs(found[0]) < _CLEAR:
        why = Message("The gain lies within what seeds alone make: it may be chance.")
    elif found[0] > 0:
        why = Message("Cleaning lowered the loss on held-out texts beyond the spread of seeds.")
    else:
        why = Message("Cleaning raised the loss on held-out texts beyond the spread of seeds.")
    return LabFinding(
        claim="filter_gain_sigma",
        about=Message("Gain of filtering over the spread of seeds"),
        verdict=verdict,
        unit="ratio",
        stated=stated,
        measured=None if found is None else found[0],
        low=None if found is None else found[1],
        high=None if found is None else found[2],
        why=why,
        ask=Message(
            "Show the ablation of the filter at a size where it was decided: losses with and "
            "without it, at equal tokens, with several seeds."
        ),
    )
