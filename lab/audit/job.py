"""The job of an audit. Its request:

files             paths of files and folders, at least one
text_column       the column of the texts, where its name is not a usual one
against           paths of benchmark files to look for in the sample
tokenizer         a folder with a ``tokenizer.json``
plan_tokens       tokens that the plan trains on
raw_tokens        tokens of the whole corpus before its duplicates are taken out
params            parameters of the model
target_languages  codes of languages, as ``["en", "zh"]``
threshold         Jaccard index from which a text repeats another; 0.8 where not given
clean             where to write a copy without duplicates; ``true`` for the job's folder
redact            whether identifiers are blacked out, in examples and copy; true where not given
uploads           the name of the folder that holds files uploaded for it, removed at its end
claimed           what was stated: near_duplicate_share, unique_tokens, target_language_share

The result has the fields of ``assay lab audit --json`` and more. It holds no text of the
sample but a few examples of duplicates, shortened and by default redacted.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from costmodel.messages import Amount, InputError, Message, check_within, shown
from lab.audit import cleaning, judging, near, shares, unique
from lab.audit.contamination import LENGTH, Contamination
from lab.audit.languages import Languages
from lab.audit.licences import Licences
from lab.audit.near import Duplicates
from lab.audit.pii import scan
from lab.audit.pii.spans import KINDS
from lab.audit.quality import RULES, Quality
from lab.audit.reading import Sample
from lab.audit.signatures import RECALL_AT_THRESHOLD, bands_for
from lab.audit.spool import Spool
from lab.audit.tokens import Tokens
from lab.audit.words import BETWEEN, grams_of, words_of
from lab.jobs import Report
from lab.runs import message_to_json

THRESHOLD: Final = 0.8
#: Examples of duplicates in the result, and characters of each.
_EXAMPLES: Final = 20
_EXAMPLE_CHARACTERS: Final = 200
#: Shares of the work that reading and comparing are.
_READING: Final = 0.75
_COMPARING: Final = 0.95
_KNOWN: Final = frozenset(
    (
        *("files", "text_column", "against", "tokenizer", "plan_tokens", "raw_tokens", "params"),
        *("target_languages", "threshold", "clean", "redact", "claimed", "uploads"),
    )
)


def work(request: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Audit the sample that ``request`` names. Raises ``InputError`` for what cannot be read."""
    audit = _Audit(request, report)
    with Spool(report.folder) as spool:
        audit.read(spool)
        found = audit.compare(spool)
        return audit.result(spool, found)


class _Audit:
    """One audit from its request to its result."""

    def __init__(self, request: Mapping[str, Any], report: Report) -> None:
        unknown = sorted(set(request) - _KNOWN)
        if unknown:
            raise InputError(unknown[0], "an audit has no option {name}", name=shown(unknown[0]))
        self.report = report
        self.began = time.monotonic()
        self.paths = [Path(path).expanduser() for path in request.get("files") or ()]
        self.threshold = float(request.get("threshold") or THRESHOLD)
        check_within("threshold", self.threshold, 0.3, 1.0)
        self.plan_tokens, self.raw_tokens, self.params = (
            _number(request, name) for name in ("plan_tokens", "raw_tokens", "params")
        )
        self.target_languages = [
            str(code).strip().lower().split("-")[0].split("_")[0]
            for code in request.get("target_languages") or ()
        ]
        for code in self.target_languages:
            if not (code.isascii() and code.isalpha() and 2 <= len(code) <= 3):
                raise InputError(
                    "target_languages",
                    "{code} is no code of a language; write for example en or zh",
                    code=shown(code),
                )
        self.redact = request.get("redact") is not False
        self.claimed = judging.checked_claims(request.get("claimed"))
        clean = request.get("clean")
        self.clean = None
        if clean:
            self.clean = (
                report.folder / "cleaned.jsonl" if clean is True else Path(clean).expanduser()
            )
            cleaning.check_target(self.clean, self.paths)
        report.say(Message("Looking at the files"), 0.0)
        column = request.get("text_column") or None
        self.sample = Sample(self.paths, text_column=column)
        tokenizer = request.get("tokenizer")
        self.tokens = Tokens(Path(tokenizer).expanduser() if tokenizer else None)
        against = [Path(path).expanduser() for path in request.get("against") or ()]
        self.contamination = Contamination(against) if against else None
        self.languages = Languages()
        self.quality = Quality()
        self.licences = Licences()
        self.pii: Counter[str] = Counter()
        self.texts_with_pii = 0
        self.seconds: dict[str, float] = {}

    def read(self, spool: Spool) -> None:
        """Every text once: what can be counted text by text, and the signatures."""
        bands = bands_for(self.threshold)
        self.index = near.Index(spool, threshold=self.threshold, bands=bands)
        began = time.monotonic()
        for texts in self.sample.batches():
            contents = [text.encode("utf-8", "replace") for text in texts]
            spool.add(contents)
            words = words_of(texts)
            grams = grams_of(words, near.GRAM, whole_if_shorter=True)
            digests = np.array(
                [
                    int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")
                    for content in contents
                ],
                np.uint64,
            )
            self.index.add(digests, grams)
            self.tokens.add(contents, texts, words)
            n_bytes = np.array([len(content) for content in contents])
            self.languages.add(texts, n_bytes, words)
            self.quality.add(texts, words, grams)
            self.licences.add(texts, words)
            if self.contamination is not None:
                self.contamination.add(grams_of(words, LENGTH, whole_if_shorter=False))
            self._identifiers(texts)
            self.report.say_sometimes(
                Message(
                    "Reading: {read} of {all}",
                    {
                        "read": Amount(self.sample.read_bytes, "bytes"),
                        "all": Amount(self.sample.file_bytes, "bytes"),
                    },
                ),
                _READING * min(1.0, self.sample.read_bytes / max(self.sample.file_bytes, 1)),
            )
            self.report.check()
        self.seconds["reading"] = time.monotonic() - began
        if not spool.n_texts:
            raise InputError("files", "there is no text in {path}", path=shown(self.paths[0].name))

    def compare(self, spool: Spool) -> Duplicates:
        """Which texts repeat."""
        began = time.monotonic()

        def tell(share: float) -> None:
            self.report.say_sometimes(
                Message("Comparing {n} texts", {"n": spool.n_texts}),
                _READING + (_COMPARING - _READING) * share,
            )

        found = self.index.find(tell)
        self.seconds["comparing"] = time.monotonic() - began
        return found

    def result(self, spool: Spool, found: Duplicates) -> dict[str, Any]:
        """What was found, as it is stored."""
        n = spool.n_texts
        lengths = spool.lengths()
        near_share = shares.share(int(found.near.sum()), n)
        exact_share = shares.share(int(found.exact.sum()), n)
        languages = self.languages.shares()
        target = None
        if self.target_languages:
            value = min(1.0, sum(languages.get(code, 0.0) for code in self.target_languages))
            target = shares.share(round(value * n), n)
        contaminated = None
        n_too_short = 0
        if self.contamination is not None:
            contaminated = shares.share(
                int(self.contamination.found.sum()), self.contamination.n_items
            )
            n_too_short = int((~self.contamination.judged).sum())
        plan = unique.against_plan(
            near_duplicate_share=near_share.value,
            raw_tokens=self.raw_tokens,
            plan_tokens=self.plan_tokens,
            params=self.params,
        )
        n_identifiers = sum(self.pii.values())
        pii_per_1k = 1000 * n_identifiers / n
        cleaned = None if self.clean is None else self._clean(spool, found)
        elapsed_s = time.monotonic() - self.began
        return {
            "documents": n,
            "bytes": spool.n_bytes,
            "tokens": round(self.tokens.n_tokens),
            "exact_duplicate_share": exact_share.value,
            "near_duplicate_share": near_share.value,
            "pii_per_1k": pii_per_1k,
            "pii": {kind: self.pii[kind] for kind in KINDS},
            "languages": languages,
            "contamination_share": None if contaminated is None else contaminated.value,
            "epochs_effective": plan.epochs,
            "subject": ", ".join(path.name for path in self.paths)[:200],
            "files": [source.name for source in self.sample.sources][:200],
            "n_files": len(self.sample.sources),
            "file_bytes": self.sample.file_bytes,
            "document_units": sorted(self.sample.units),
            "empty_documents": self.sample.n_empty,
            "token_count": self.tokens.as_json(),
            "languages_of": self.languages.as_json(),
            "threshold": self.threshold,
            "near_duplicate": near_share.as_json(),
            "exact_duplicate": exact_share.as_json(),
            "near_duplicate_byte_share": float(lengths[found.near].sum() / lengths.sum()),
            "pairs_compared": found.n_compared,
            "duplicates": self._examples(spool, found),
            "documents_with_pii": shares.share(self.texts_with_pii, n).as_json(),
            "quality": self.quality.as_json(),
            "quality_rules": {rule: message_to_json(text) for rule, text in RULES.items()},
            "licences": self.licences.as_json(),
            "contamination": None if self.contamination is None else self.contamination.as_json(),
            "target_languages": self.target_languages,
            "target_language_share": None if target is None else target.value,
            "unique": plan.as_json(),
            "cleaned": cleaned,
            "redacted": self.redact,
            "seconds": elapsed_s,
            "seconds_of": self.seconds,
            "mb_per_s": spool.n_bytes / 1e6 / max(elapsed_s, 1e-9),
            "notes": [message_to_json(note) for note in self._notes()],
            "findings": [
                finding.as_json()
                for finding in judging.findings(
                    self.claimed,
                    near=near_share,
                    target=target,
                    contamination=contaminated,
                    n_too_short=n_too_short,
                    unique=plan,
                )
            ],
            "for_deal": [
                number.as_json()
                for number in judging.for_deal(
                    near=near_share,
                    threshold=self.threshold,
                    pii_per_1k=pii_per_1k,
                    contamination=contaminated,
                    target=target,
                    unique=plan,
                )
            ],
        }

    def _identifiers(self, texts: list[str]) -> None:
        """Count the identifiers of a batch by kind, and the texts that have any."""
        spans = scan.spans(BETWEEN.join(texts))
        if spans:
            self.pii.update(span.kind for span in spans)
            ends = np.cumsum([len(text) + 1 for text in texts])
            at = np.searchsorted(ends, [span.start for span in spans], side="right")
            self.texts_with_pii += len(np.unique(at))

    def _examples(self, spool: Spool, found: Duplicates) -> list[dict[str, Any]]:
        """A few pairs of duplicates, the near ones from all over the sample first."""
        step = max(1, len(found.pairs) // _EXAMPLES)
        pairs = list(found.pairs[::step][:_EXAMPLES])
        step = max(1, len(found.exact_pairs) // 5)
        pairs += [(later, earlier, 1.0) for later, earlier in found.exact_pairs[::step][:5]]
        return [
            {
                "document": later + 1,
                "of_document": earlier + 1,
                "jaccard": jaccard,
                "exact": bool(found.exact[later]),
                "text": self._shown(spool.texts([later])[0]),
                "of_text": self._shown(spool.texts([earlier])[0]),
            }
            for later, earlier, jaccard in pairs
        ]

    def _shown(self, text: str) -> str:
        # Cut after redaction: a cut identifier would no longer be recognised.
        head = text[: 4 * _EXAMPLE_CHARACTERS]
        written = scan.redacted(head) if self.redact else head
        line = " ".join(written.split())
        return line[:_EXAMPLE_CHARACTERS] + ("…" if len(line) > _EXAMPLE_CHARACTERS else "")

    def _clean(self, spool: Spool, found: Duplicates) -> dict[str, Any]:
        assert self.clean is not None
        return cleaning.write(
            spool,
            repeats=found.near,
            path=self.clean,
            redact=self.redact,
            tell=lambda share: self.report.say_sometimes(
                Message("Writing the cleaned copy"), _COMPARING + (1 - _COMPARING) * share
            ),
        )

    def _notes(self) -> list[Message]:
        units = {
            "row": Message("A text is a row of the table."),
            "paragraph": Message("A text is a paragraph between blank lines."),
            "line": Message("A text is a line: the file has no blank lines between others."),
        }
        found = [units[unit] for unit in sorted(self.sample.units)]
        found.append(self.tokens.note())
        found += self.sample.notes()
        found.append(
            Message(
                "Of pairs at a Jaccard index of exactly {threshold} {recall} are found, of closer "
                "ones more; every pair reported was compared in full.",
                {
                    "threshold": self.threshold,
                    "recall": Amount(RECALL_AT_THRESHOLD, "fraction"),
                },
            )
        )
        found.append(
            Message(
                "A sample shows the least that a corpus repeats: a text whose twin lies outside "
                "the sample looks unique. Intervals are of a random sample; one that the company "
                "chose is only what it chose."
            )
        )
        return found


def _number(request: Mapping[str, Any], name: str) -> float | None:
    value = request.get(name)
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(
            name, "{value} is not a number; write for example 1e12", value=shown(value)
        ) from None
    check_within(name, number, 1, 1e18)
    return number
