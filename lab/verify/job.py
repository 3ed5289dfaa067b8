"""The job of a verification. Its request:

folder            the checkpoint, a local Hugging Face folder
against           a base that it may come from, another such folder
claimed_params    parameters that were stated
from_scratch      whether it was said to be trained from scratch
evaluate          JSONL of one's own questions; see ``lab.verify.items``
claimed_score     accuracy, or bits per byte, that was stated
training_sample   files of training text, in which the questions are looked for
speed             whether to measure latency and throughput here
uploads           the name of the folder that holds files uploaded for it, removed at its end
batches           batch sizes of that; 1, 8 and 32 where not given

The result has the fields of ``assay lab verify --json``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from costmodel.messages import InputError, Message, check_within, shown
from lab.findings import ForDeal, LabFinding
from lab.jobs import Report
from lab.runs import message_to_json
from lab.verify import anatomy, folder, judging, provenance
from lab.verify import items as questions
from lab.verify.anatomy import Anatomy
from lab.verify.evaluate import Evaluation, evaluate
from lab.verify.evidence import Evidence
from lab.verify.folder import Checkpoint

BATCHES: Final = (1, 8, 32)
_MOST_BATCH: Final = 4096
_SERVED_AS: Final = ((1, 4096), (32, 4096))
_KNOWN: Final = frozenset(
    (
        *("folder", "against", "claimed_params", "from_scratch", "evaluate", "claimed_score"),
        *("training_sample", "speed", "batches", "subject", "uploads"),
    )
)
#: Where in the work each part begins, of those that there are.
_PARTS: Final = {"anatomy": 2.0, "provenance": 4.0, "evaluate": 6.0, "sample": 1.0, "speed": 2.0}

CANNOT_SEE: Final = (
    Message("Distillation: a model taught by another's answers shares no weights with it."),
    Message("Code of its own that changes what the weights do; it is never run here."),
    Message(
        "Whether a base that was not given is behind it. Shapes and tokenizers hint, and prove "
        "nothing."
    ),
    Message(
        "Whether it was trained on the questions where no training sample is given, or on other "
        "words for them."
    ),
    Message("How fast it is on another machine than this one."),
)


def work(request: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Verify the checkpoint that ``request`` names. Raises ``InputError`` for bad input."""
    unknown = sorted(set(request) - _KNOWN)
    if unknown:
        raise InputError(unknown[0], "a verification has no option {name}", name=shown(unknown[0]))
    return _Verification(request, report).result()


class _Verification:
    """One verification from its request to its result."""

    def __init__(self, request: Mapping[str, Any], report: Report) -> None:
        self.request = request
        self.report = report
        self.findings: list[LabFinding] = []
        self.for_deal: list[ForDeal] = []
        wanted = ["anatomy"]
        wanted += ["provenance"] if request.get("against") else []
        wanted += ["evaluate"] if request.get("evaluate") else []
        wanted += ["sample"] if request.get("evaluate") and request.get("training_sample") else []
        wanted += ["speed"] if request.get("speed") else []
        self._parts = wanted

    def result(self) -> dict[str, Any]:
        """Every part in turn; what is found so far is kept after each."""
        checkpoint = folder.open_folder(_path(self.request, "folder"))
        # Refused before the work of minutes begins.
        base = None
        if self.request.get("against"):
            base = folder.open_folder(_path(self.request, "against"), field="against")
        asked = None
        if self.request.get("evaluate"):
            asked = questions.read(_path(self.request, "evaluate"))
        found: dict[str, Any] = {"subject": self.request.get("subject") or checkpoint.name}
        found |= self._anatomy(checkpoint)
        found["provenance"] = self._no_base(checkpoint)
        if base is not None:
            self._keep(found)
            found["provenance"] = self._provenance(checkpoint, base)
        if asked is not None:
            self._keep(found)
            found["evaluation"] = self._evaluation(checkpoint, asked)
        if self.request.get("speed"):
            self._keep(found)
            found["speed"] = self._speed(checkpoint)
        return self._whole(found)

    def _keep(self, found: Mapping[str, Any]) -> None:
        self.report.keep(self._whole(found))

    def _whole(self, found: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **found,
            "evaluation": found.get("evaluation"),
            "speed": found.get("speed"),
            "findings": [finding.as_json() for finding in self.findings],
            "for_deal": [number.as_json() for number in self.for_deal],
            "cannot_see": [message_to_json(message) for message in CANNOT_SEE],
        }

    def _teller(self, part: str, doing: Message) -> Callable[[float], None]:
        before = sum(_PARTS[name] for name in self._parts[: self._parts.index(part)])
        total = sum(_PARTS[name] for name in self._parts)

        def tell(done: float) -> None:
            self.report.say_sometimes(doing, (before + _PARTS[part] * done) / total)

        self.report.say(doing, before / total)
        return tell

    def _anatomy(self, checkpoint: Checkpoint) -> dict[str, Any]:
        tell = self._teller("anatomy", Message("Counting and reading the weights"))
        found = anatomy.of(checkpoint, tell)
        claimed = self.request.get("claimed_params")
        if claimed is not None:
            check_within("claimed_params", float(claimed), 1.0, 1e16)
            self.findings.append(judging.params(float(claimed), found))
        for finding in (judging.whole(found), judging.trained(found)):
            if finding is not None:
                self.findings.append(finding)
        return {**found.as_json(), "serving": _serving(found)}

    def _no_base(self, checkpoint: Checkpoint) -> dict[str, Any]:
        """What can be said of the origin without a base: nothing, and hints."""
        hints = []
        named = checkpoint.config.get("_name_or_path")
        if isinstance(named, str) and named.strip():
            hints.append(
                Evidence(
                    name="name_in_config",
                    value=None,
                    says=Message(
                        "The config names {name} as what it was loaded from.",
                        {"name": shown(named)},
                    ),
                )
            )
        return provenance.Provenance(
            verdict="cannot tell",
            score=None,
            why=Message(
                "No base was given to compare with; give the open models of this shape with "
                "--against."
            ),
            evidence=tuple(hints),
        ).as_json()

    def _provenance(self, checkpoint: Checkpoint, base: Checkpoint) -> dict[str, Any]:
        tell = self._teller("provenance", Message("Setting its weights beside the base's"))
        found = provenance.trace(checkpoint, base, tell)
        claimed = bool(self.request.get("from_scratch"))
        self.findings.append(judging.from_scratch(found, base.name, claimed=claimed))
        return {**found.as_json(), "base": base.name}

    def _evaluation(self, checkpoint: Checkpoint, asked: questions.Items) -> dict[str, Any]:
        tell = self._teller("evaluate", Message("Putting the questions to it"))
        found = evaluate(checkpoint.folder, asked, tell=tell)
        claimed = self.request.get("claimed_score")
        if claimed is not None:
            most = 1.0 if found.metric == "accuracy" else 64.0
            check_within("claimed_score", float(claimed), 0.0, most)
        self.findings.append(judging.score(None if claimed is None else float(claimed), found))
        if found.metric == "accuracy":
            self._private_twin(claimed, found)
        answer = found.as_json()
        if self.request.get("training_sample"):
            answer["contamination"] = self._contamination(found)
        return answer

    def _private_twin(self, claimed: float | None, found: Evaluation) -> None:
        """Scores for the deal: the claimed one beside that on questions nobody else has."""
        if claimed is None:
            return
        self.for_deal.append(
            ForDeal(
                path="measurements.public_score",
                value=float(claimed),
                why=Message("The score as it was stated."),
            )
        )
        self.for_deal.append(
            ForDeal(
                path="measurements.private_twin_score",
                value=found.value,
                why=Message("Measured on {n} of our own questions.", {"n": found.n}),
            )
        )

    def _contamination(self, found: Evaluation) -> dict[str, Any]:
        from lab.audit.contamination import LENGTH, Contamination
        from lab.audit.reading import Sample
        from lab.audit.words import grams_of, words_of

        tell = self._teller("sample", Message("Looking for the questions in the training sample"))
        looked = Contamination([_path(self.request, "evaluate")])
        sample = Sample([Path(path).expanduser() for path in self.request["training_sample"]])
        for texts in sample.batches():
            looked.add(grams_of(words_of(texts), LENGTH, whole_if_shorter=False))
            tell(sample.read_bytes / max(1, sample.file_bytes))
        told = looked.as_json()
        judged = int(told["items"] - told["items_too_short"])
        n_found = int(told["items_found"])
        finding = judging.contamination(n_found, judged, found, looked.found)
        self.findings.append(finding)
        if judged:
            self.for_deal.append(
                ForDeal(
                    path="measurements.contamination_share",
                    value=n_found / judged,
                    why=Message(
                        "{n} of {all} questions were found in the training sample.",
                        {"n": n_found, "all": judged},
                    ),
                )
            )
        return told

    def _speed(self, checkpoint: Checkpoint) -> dict[str, Any]:
        from lab.verify import speed

        batches = [int(one) for one in self.request.get("batches") or BATCHES]
        for batch in batches:
            check_within("batches", batch, 1, _MOST_BATCH)
        tell = self._teller("speed", Message("Measuring how fast it answers here"))
        return speed.measure(checkpoint.folder, batches, tell=tell)


def _serving(found: Anatomy) -> list[dict[str, Any]]:
    rows = []
    for batch, context in _SERVED_AS:
        n_bytes = anatomy.serving_bytes(found, batch=batch, context_tokens=context)
        rows.append({"batch": batch, "context_tokens": context, "bytes": n_bytes})
    return rows


def _path(request: Mapping[str, Any], name: str) -> Path:
    value = request.get(name)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise InputError(name, "the path is missing; name a local file or folder")
    return Path(value).expanduser()
