"""What a startup says about itself: the deal file and its validation.

The one place where a deal enters as text. Unknown keys are refused with the nearest known
one; every error carries the path to its field. See the deal-file page of the docs.
"""

import difflib
import io
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, Field, JsonValue, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import (
    AliasToken,
    AnchorToken,
    BlockEndToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
)

from costmodel import facts
from costmodel.claims import Claim
from costmodel.hardware import calibration
from costmodel.messages import InputError, shown
from costmodel.money.training_cost import OVERRIDABLE
from costmodel.uncertainty import Range
from costmodel.workload import hf_config
from costmodel.workload.model_spec import (
    PRECISIONS,
    Model,
    ModelSpec,
    Precision,
    SizeOnly,
)
from dashboard.architecture import from_fields, spec_fields, unknown_key
from dashboard.deal_errors import first_error
from dashboard.deal_facts import StatedStatus
from dashboard.deal_lab import MOST_LAB_JOBS, LabEvidence, LabJobEvidence
from dashboard.deal_memo import MemoNotes
from dashboard.deal_scenarios import MOST_SCENARIOS, ScenarioEntry, check_scenarios
from dashboard.deal_sections import (
    DataFacts,
    Documents,
    Finance,
    Market,
    Measurements,
    Operations,
)
from dashboard.quantities import make_range
from dashboard.risk.answers.answer import Answer
from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.strict import STRICT, Localised, ShortText

#: The version of the file format that this code writes.
FORMAT: Final = 1
#: Deepest nesting of a deal file; the format itself needs five levels.
_DEEPEST: Final = 40
#: Marks and words of a deal file; one with every question answered has some ten thousand.
_MOST_TOKENS: Final = 100_000
_OPENING: Final = (
    BlockMappingStartToken,
    BlockSequenceStartToken,
    FlowMappingStartToken,
    FlowSequenceStartToken,
)
_CLOSING: Final = (BlockEndToken, FlowMappingEndToken, FlowSequenceEndToken)
#: Longest file name that a deal may give for its architecture.
_LONGEST_NAME: Final = 200
#: More than any field may hold; refused by what the number is of.
_TOO_MANY: Final = 1e300
#: A deal is text; anything larger is something else.
MAX_BYTES: Final = 1_000_000


class _Strict(BaseModel):
    model_config = STRICT


class Company(_Strict):
    """Who the deal is about."""

    name: ShortText = ""
    country: ShortText = ""
    founded: int | None = None
    stage: ShortText = ""
    sector: ShortText = ""


class ClusterPlan(_Strict):
    """Which accelerators, how many, at which price."""

    chip: ShortText | None = None
    n_accelerators: int | None = None
    usd_per_gpu_hour: float | tuple[float, float] | None = None


class Plan(_Strict):
    """The training run that the deal plans or has done; ``source`` says who stated it, and
    ``status`` how well its numbers are known.
    """

    source: Localised = ""
    status: StatedStatus = "claimed"
    model: dict[str, JsonValue] | None = None
    tokens: float | None = None
    unique_tokens: float | None = None
    context_tokens: int | None = None
    precision: ShortText | None = None
    cluster: ClusterPlan = ClusterPlan()
    region: ShortText | None = None
    assumptions: dict[str, float | tuple[float, float]] = {}


class ClaimEntry(_Strict):
    """One stated number; see ``costmodel.claims.Claim``."""

    id: ShortText
    quantity: ShortText
    value: float
    text: Localised = ""
    source: ShortText = ""
    basis: Literal["site", "accelerator", "market"] = "site"
    excludes: Localised = ""
    status: StatedStatus = "claimed"


class Deal(_Strict):
    """A deal file, validated. Everything but ``assay`` and ``name`` may be missing.

    ``published_run`` names the row of ``data/reference_runs.csv`` that the deal is about,
    so that a published run does not take part in judging itself.
    """

    assay: int
    name: Annotated[str, Field(min_length=1, max_length=200)]
    about: Localised = ""
    published_run: ShortText | None = None
    company: Company = Company()
    profile: dict[str, bool | str] = {}
    plan: Plan = Plan()
    claims: list[ClaimEntry] = []
    answers: dict[str, Answer] = {}
    lab_runs: list[LabEvidence] = []
    lab_jobs: Annotated[list[LabJobEvidence], Field(max_length=MOST_LAB_JOBS)] = []
    finance: Finance = Finance()
    data: DataFacts = DataFacts()
    operations: Operations = Operations()
    market: Market = Market()
    measurements: Measurements = Measurements()
    documents: Documents = Documents()
    scenarios: Annotated[list[ScenarioEntry], Field(max_length=MOST_SCENARIOS)] = []
    memo: MemoNotes = MemoNotes()


def loads(content: str | bytes) -> Deal:
    """The deal in a YAML (or JSON) text. Raises ``InputError`` with field and remedy."""
    if len(content) > MAX_BYTES:
        raise InputError(
            "",
            "the deal file has {size} bytes and may have {most}; "
            "a deal file holds text, attach documents as evidence",
            size=len(content),
            most=MAX_BYTES,
        )
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        _check_tokens(text)
        loaded = YAML(typ="safe", pure=True).load(text)
    except InputError:  # a ValueError as well
        raise
    except UnicodeDecodeError:
        raise InputError("", "this is not a text file; upload a deal file in YAML") from None
    except DuplicateKeyError as error:
        raise _written_twice(error) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(
            "", "line {line} is not valid YAML; check its indentation and quotes", line=line
        ) from None
    except (YAMLError, RecursionError, ValueError):
        raise InputError("", "this is not valid YAML; upload a deal file unchanged") from None
    return from_mapping(loaded)


def _written_twice(error: DuplicateKeyError) -> InputError:
    """Two entries under one name, such as two answers to one question: neither is chosen."""
    named = re.search(r'duplicate key "(.*?)"', str(error.problem or ""), re.DOTALL)
    return InputError(
        "",
        "line {line}: {name} is written twice; keep one of the two",
        line=error.problem_mark.line + 1 if error.problem_mark else 1,
        name=shown(named.group(1) if named else ""),
    )


def _check_tokens(text: str) -> None:
    """Refuse what could keep the reader busy, before anything is built of it: aliases, which
    grow without end, and more nesting or more parts than any deal has.
    """
    depth = 0
    for n, token in enumerate(YAML(typ="safe", pure=True).scan(text)):
        if isinstance(token, AliasToken | AnchorToken):
            raise InputError("", "the deal file uses a YAML alias (*); write the value out")
        if n > _MOST_TOKENS:
            raise InputError("", "the deal file has more parts than any deal; shorten it")
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > _DEEPEST:
            raise InputError(
                "", "the deal file is nested deeper than {most} levels; flatten it", most=_DEEPEST
            )


def from_mapping(loaded: object) -> Deal:
    """A deal from loaded YAML or JSON. Raises ``InputError`` with field and remedy."""
    if not isinstance(loaded, Mapping):
        raise InputError("", "the deal file has no fields; it starts with assay: 1 and a name")
    carried = loaded.get("deal") if "assay_report" in loaded else None  # a report carries its deal
    if isinstance(carried, Mapping):
        return from_mapping(carried)
    version = loaded.get("assay")
    if isinstance(version, int) and version > FORMAT:
        raise InputError(
            "assay",
            "the file is of format {version} and this program reads up to {known}; update Assay",
            version=version,
            known=FORMAT,
        )
    if version != FORMAT:
        raise InputError("assay", "the first line of a deal file is assay: {known}", known=FORMAT)
    try:
        deal = Deal.model_validate(dict(loaded))
    except ValidationError as error:
        raise first_error(error, Deal, loaded) from None
    except (RecursionError, ValueError):
        raise InputError("", "this is not valid YAML; upload a deal file unchanged") from None
    check_words(deal)
    return deal


def dumps(deal: Deal) -> str:
    """The deal as YAML, without the fields that were left at their defaults."""
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    out = io.StringIO()
    yaml.dump(deal.model_dump(mode="json", exclude_defaults=True) | {"assay": deal.assay}, out)
    return out.getvalue()


def load(path: Path) -> Deal:
    """The deal in a file; its ``hf_config`` is looked up beside it. Raises ``InputError``."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            "",
            "{path} cannot be read ({reason}); give the path of a deal file",
            path=str(path),
            reason=(error.strerror or "unknown").lower(),
        ) from None
    return with_config(loads(content), beside=path.parent)


def named(path: Path) -> Deal:
    """The deal of the command line: a file, or the id of a sample. Raises ``InputError``."""
    if str(path) in samples() and not path.exists():
        return sample(str(path))
    return load(path)


def samples() -> dict[str, Path]:
    """The sample deals that ship with Assay, by id."""
    found = (facts.data_dir() / "deals").glob("*.yaml")
    order = {name: i for i, name in enumerate(_SAMPLE_ORDER)}
    return {
        path.stem: path
        for path in sorted(found, key=lambda p: (order.get(p.stem, len(order)), p.stem))
    }


@cache
def sample_names() -> dict[str, str]:
    """What the sample deals are called, by id, without reading them whole."""
    lines = {i: path.read_text("utf-8").splitlines() for i, path in samples().items()}
    return {
        deal_id: next(line for line in text if line.startswith("name: ")).removeprefix("name: ")
        for deal_id, text in lines.items()
    }


@cache
def sample(deal_id: str) -> Deal:
    """The sample deal of this id. Raises ``InputError`` for one that does not ship."""
    path = samples().get(deal_id)
    if path is None:
        raise InputError(
            "deal",
            "{name} is not a sample deal; choose one from the list",
            name=deal_id[:60] or '""',
        )
    return load(path)


_SAMPLE_ORDER: Final = (
    "deepseek-v3",
    "llama-3.1-405b",
    "bloom-176b",
    "glm-130b",
    "baichuan2-13b",
    "example-startup",
)


def with_config(
    deal: Deal, *, beside: Path | None, uploaded: Mapping[str, bytes] | None = None
) -> Deal:
    """The deal with its model's ``hf_config`` file replaced by what the file holds.

    A file is looked up by its bare name, among those ``uploaded`` with the deal, beside the
    deal file (when there is one) and among those shipped: a deal file never makes Assay
    open a path of its choosing.
    """
    name = (deal.plan.model or {}).get("hf_config")
    if not isinstance(name, str):
        return deal
    field = "plan.model.hf_config"
    if Path(name).name != name or name.startswith(".") or len(name) > _LONGEST_NAME:
        raise InputError(
            field,
            "{name} is a path; put the file beside the deal and write its name",
            name=shown(name),
        )
    if uploaded and name in uploaded:
        return with_model(deal, hf_config.parse(uploaded[name], name=deal.name))
    folders = [beside] if beside is not None else []
    folders.append(facts.data_dir() / "deals")
    for folder in folders:
        path = folder / name
        if path.is_file() and not path.is_symlink():
            if path.stat().st_size > hf_config.MAX_BYTES:
                break
            spec = hf_config.parse(path.read_bytes(), name=deal.name)
            return with_model(deal, spec)
    raise InputError(
        field,
        "{name} is not beside the deal file; put it there (in the browser: choose both files), "
        "or write the architecture's fields",
        name=name,
    )


def with_model(deal: Deal, spec: ModelSpec) -> Deal:
    """The deal with this architecture written out as fields."""
    plan = deal.plan.model_copy(update={"model": spec_fields(spec)})
    return deal.model_copy(update={"plan": plan})


def model_of(deal: Deal) -> Model:
    """The deal's model: an architecture, or its size alone. Raises ``InputError``."""
    given = deal.plan.model
    if not given:
        raise InputError(
            "plan.model", "the model is missing; give hf_config, its fields, or params"
        )
    if _is_size(given):
        params = _number(given.get("params"), "plan.model.params")
        active = given.get("active_params")
        return SizeOnly(
            name=deal.name,
            params=params,
            active_params=(
                params if active is None else _number(active, "plan.model.active_params")
            ),
        )
    config = given.get("hf_config")
    if isinstance(config, dict):
        return hf_config.read(config, name=deal.name)
    return from_fields(given, name=deal.name)


def distinct_of(plan: Plan, tokens: float) -> float | None:
    """The plan's distinct tokens where it trains on ``tokens`` instead; ``None``, not known,
    where those are fewer.
    """
    unique = plan.unique_tokens
    return None if unique is None or unique > tokens else unique


def claims_of(deal: Deal, language: str) -> list[Claim]:
    """The deal's claims, texts in ``language``. Raises ``InputError`` naming the claim."""
    found = []
    for entry in deal.claims:
        try:
            found.append(
                Claim(
                    id=entry.id,
                    quantity=entry.quantity,
                    value=entry.value,
                    text=localised(entry.text, language),
                    source=entry.source,
                    basis=entry.basis,
                    excludes=localised(entry.excludes, language),
                )
            )
        except InputError as error:
            raise InputError(
                f"claims.{entry.id}.{error.field}", error.message.text, **error.message.params
            ) from None
    return found


def localised(text: str | Mapping[Any, str], language: str) -> str:
    """A text in ``language`` where the deal has it, else in the language it has."""
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()), "")


def stated_range(
    value: float | tuple[float, float], field: str, kind: Literal["positive", "fraction"]
) -> Range:
    """A number or ``[low, high]`` of the deal file as a range. Raises ``InputError``."""
    low, high = value if isinstance(value, tuple) else (value, value)
    return make_range(low, high, field, kind)


def precision_of(deal: Deal) -> Precision:
    """The deal's precision, BF16 where it says none."""
    for precision in PRECISIONS:
        if precision == deal.plan.precision:
            return precision
    return "bf16"


def check_words(deal: Deal) -> None:
    """What the types cannot say: known precision, claim ids that differ, known names."""
    precision = deal.plan.precision
    if precision is not None and precision not in PRECISIONS:
        raise InputError(
            "plan.precision",
            "{value} is not known here; write one of {known}",
            value=precision,
            known=", ".join(PRECISIONS),
        )
    seen: set[str] = set()
    for claim in deal.claims:
        if claim.id in seen:
            raise InputError(f"claims.{claim.id}", "the id stands twice; give each claim its own")
        seen.add(claim.id)
    if _is_size(deal.plan.model):
        model_of(deal)
    check_scenarios(deal.scenarios)
    run = deal.published_run
    if run is not None and run not in calibration.run_ids():
        raise unknown_key("published_run", run, sorted(calibration.run_ids()))
    for question, answer in deal.answers.items():
        if answer.status not in get_args(EvidenceStatus):
            raise _unknown_status(f"answers.{question}.status", answer.status)
    for name in deal.plan.assumptions:
        if name not in OVERRIDABLE:
            raise unknown_key(f"plan.assumptions.{name}", name, list(OVERRIDABLE))


def _unknown_status(field: str, status: str) -> InputError:
    known = get_args(EvidenceStatus)
    near = difflib.get_close_matches(status.strip().lower(), known, n=1, cutoff=0.6)
    return InputError(
        field,
        "{value} is not a status of evidence; write {candidates}",
        value=shown(status),
        candidates=", ".join(near or known),
    )


def _is_size(model: Mapping[str, Any] | None) -> bool:
    return bool(model) and set(model or ()) <= {"params", "active_params"}


def _number(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(path, "{value} is not a number", value=shown(value))
    return float(min(value, _TOO_MANY))  # an integer may be more than a float holds
