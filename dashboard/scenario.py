"""A deal with what somebody typed over it, and the link that restores both.

Everything is kept as it was typed, so that a refused value still stands in its field. A
link names a sample deal or carries a whole deal (compressed JSON), and the typed fields.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, Literal

from costmodel import facts
from costmodel.messages import InputError
from costmodel.money import prices
from costmodel.uncertainty import Kind
from costmodel.workload.model_spec import SizeOnly
from dashboard import deal as deals
from dashboard.deal import ClaimEntry, ClusterPlan, Deal
from dashboard.quantities import parse_count, parse_number, parse_range

#: The fields that can be typed over a deal, in the order in which they are asked.
FIELDS: Final = (
    "params",
    "active_params",
    "tokens",
    "context_tokens",
    "precision",
    "chip",
    "n_accelerators",
    "usd_per_gpu_hour",
    "region",
    "efficiency",
    "goodput",
    "pue",
    "claim_train_flop",
    "claim_gpu_hours",
    "claim_wall_days",
    "claim_usd",
    "claim_usd_per_gpu_hour",
    "claim_mfu",
    "claim_energy_kwh",
    "claim_kg_co2e",
)
#: Fields that state a claim: this, and the claim's quantity.
CLAIM: Final = "claim_"
#: The sample that the app opens on.
FIRST_SAMPLE: Final = "deepseek-v3"
#: Longest deal that a link may carry: browsers and messengers cut longer addresses.
MAX_LINK_CHARACTERS: Final = 6_000
_MOST_TYPED: Final = 120
_SIZE: Final = ("params", "active_params")

_SUFFIXES: Final = ((10**12, "T"), (10**9, "B"), (10**6, "M"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A sample (``deal_id``) or somebody's own deal, and the fields typed over it.

    Of an own deal that the store holds, ``deal_id`` is its id there and ``version`` the one
    that was opened.
    """

    deal_id: str
    own: Deal | None
    typed: Mapping[str, str]
    version: int = 0

    @property
    def is_stored(self) -> bool:
        """Whether the store holds the deal."""
        return self.version > 0

    def base(self) -> Deal:
        """The deal before anything was typed over it. Raises ``InputError``."""
        if self.own is not None:
            return self.own
        return deals.sample(self.deal_id)

    def with_typed(self, name: str, text: str) -> "Scenario":
        """The scenario with one field typed; the deal's own text leaves the field alone."""
        assert name in FIELDS, name
        typed = {key: value for key, value in self.typed.items() if key != name}
        if text.strip() != shown(self.base(), name):
            typed[name] = text
        return replace(self, typed=typed)

    def text(self, name: str) -> str:
        """What stands in a field: as typed, else as the deal has it."""
        return self.typed.get(name, shown(self.base(), name))

    def effective(self) -> tuple[Deal, dict[str, InputError]]:
        """The deal with the typed fields in it, and what was refused, by field."""
        deal, refused = self.base(), {}
        for name in FIELDS:
            if name not in self.typed:
                continue
            try:
                deal = _put(deal, name, self.typed[name])
            except InputError as error:
                refused[name] = error
        return deal, refused

    def to_query(self) -> dict[str, str]:
        """The scenario as the parameters of a link. Raises ``InputError`` when too long."""
        by_id = self.own is None or self.is_stored
        query = {"deal": self.deal_id} if by_id else {"file": _packed(self.base())}
        return query | {name: self.typed[name] for name in FIELDS if name in self.typed}


def from_query(query: Mapping[str, str]) -> Scenario:
    """The scenario of a link. Raises ``InputError`` for a deal that cannot be read."""
    typed = typed_in(query)
    if "file" in query:
        return Scenario(deal_id="", own=_unpacked(query["file"]), typed=typed)
    scenario = Scenario(deal_id=query.get("deal", FIRST_SAMPLE), own=None, typed=typed)
    scenario.base()
    return scenario


def typed_in(query: Mapping[str, str]) -> dict[str, str]:
    """The typed fields of a link."""
    return {name: query[name][:_MOST_TYPED] for name in FIELDS if name in query}


def shown(deal: Deal, name: str) -> str:
    """A field of the deal as its input shows it; empty where the deal leaves it open."""
    plan, cluster = deal.plan, deal.plan.cluster
    values: dict[str, Any] = {
        "tokens": plan.tokens,
        "context_tokens": plan.context_tokens,
        "precision": plan.precision,
        "chip": cluster.chip,
        "n_accelerators": cluster.n_accelerators,
        "usd_per_gpu_hour": cluster.usd_per_gpu_hour,
        "region": plan.region,
        "efficiency": plan.assumptions.get("efficiency"),
        "goodput": plan.assumptions.get("goodput"),
        "pue": plan.assumptions.get("pue"),
    }
    if plan.model and set(plan.model) <= set(_SIZE):
        values |= plan.model
    if name.startswith(CLAIM):
        quantity = name.removeprefix(CLAIM)
        values[name] = next((c.value for c in deal.claims if c.quantity == quantity), None)
    value = values.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return " - ".join(compact(v) for v in value)
    if name in ("n_accelerators", "context_tokens"):
        return str(value)
    return compact(value)


def compact(value: float) -> str:
    """A number in the shortest exact form that ``parse_number`` reads back."""
    for scale, letter in _SUFFIXES:
        scaled = f"{value / scale:.6g}"
        if value >= scale and float(Decimal(scaled) * scale) == value and "e" not in scaled:
            return scaled + letter
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)


def field_of(error: InputError) -> str:
    """The input that a refusal of the deal is about (``plan.cluster.chip`` -> ``chip``)."""
    return error.field.rsplit(".", 1)[-1]


def new_deal(name: str) -> Deal:
    """A pitch to start typing from, on the accelerator that most providers rent out."""
    pitch = deals.load(facts.data_dir() / "pitch.yaml")
    cluster = ClusterPlan(chip=prices.most_quoted_chip())
    plan = pitch.plan.model_copy(update={"cluster": cluster})
    return pitch.model_copy(update={"name": name, "plan": plan})


def own_deal(
    name: str,
    spec_fields: dict[str, Any],
    like: Deal,
    *,
    about: dict[Literal["en", "zh"], str] | None = None,
) -> Deal:
    """A deal for an uploaded architecture: the plan of ``like``, without its claims."""
    plan = like.plan.model_copy(update={"model": spec_fields})
    return Deal(assay=deals.FORMAT, name=name[:200] or "config", about=about or "", plan=plan)


def _put(deal: Deal, name: str, text: str) -> Deal:
    plan = deal.plan
    stripped = text.strip()
    if name in _SIZE:
        return _put_size(deal, name, stripped)
    if name.startswith(CLAIM):
        return _put_claim(deal, name, stripped)
    if name in ("efficiency", "goodput", "pue"):
        assumptions = {k: v for k, v in plan.assumptions.items() if k != name}
        if stripped:
            kind: Kind = "positive" if name == "pue" else "fraction"
            span = parse_range(stripped, name, kind)
            assumptions[name] = (span.low, span.high)
        update: dict[str, Any] = {"assumptions": assumptions}
    elif name in ("chip", "n_accelerators", "usd_per_gpu_hour"):
        value: Any = stripped or None
        if stripped and name == "n_accelerators":
            value = parse_count(stripped, name)
        elif stripped and name == "usd_per_gpu_hour":
            price = parse_range(stripped, name)
            value = (price.low, price.high)
        update = {"cluster": plan.cluster.model_copy(update={name: value})}
    elif name == "tokens":
        if not stripped:
            raise InputError(name, "the number of training tokens is missing; write for example 2T")
        update = {"tokens": parse_number(stripped, name)}
        update["unique_tokens"] = deals.distinct_of(plan, update["tokens"])
    elif name == "context_tokens":
        update = {"context_tokens": parse_count(stripped, name) if stripped else None}
    else:
        update = {name: stripped or None}
    changed = deal.model_copy(update={"plan": plan.model_copy(update=update)})
    deals.check_words(changed)
    return changed


def _put_size(deal: Deal, name: str, text: str) -> Deal:
    """A size typed by hand takes the architecture's place; emptied, the deal's own returns."""
    if not text:
        return deal
    model = deal.plan.model or {}
    size: dict[str, Any] = {key: model[key] for key in _SIZE if key in model}
    size[name] = parse_number(text, name)
    if "params" not in size:
        raise InputError(name, "this goes with a number of parameters; write that first")
    if name == "active_params":
        SizeOnly(name="", params=size["params"], active_params=size["active_params"])
    plan = deal.plan.model_copy(update={"model": size})
    return deal.model_copy(update={"plan": plan})


def _put_claim(deal: Deal, name: str, text: str) -> Deal:
    """A claim typed by hand takes the place of the deal's own; emptied, none is left."""
    quantity = name.removeprefix(CLAIM)
    others = [claim for claim in deal.claims if claim.quantity != quantity]
    if not text:
        return deal.model_copy(update={"claims": others})
    value = parse_number(text, name)
    if not value > 0:
        raise InputError(name, "{value} is not above zero; write a positive number", value=value)
    typed = ClaimEntry(id=name, quantity=quantity, value=value)
    at = next((i for i, c in enumerate(deal.claims) if c.quantity == quantity), len(others))
    return deal.model_copy(update={"claims": [*others[:at], typed, *others[at:]]})


def _packed(deal: Deal) -> str:
    plain = json.dumps(deal.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
    packed = base64.urlsafe_b64encode(zlib.compress(plain.encode(), 9)).decode().rstrip("=")
    if len(packed) > MAX_LINK_CHARACTERS:
        raise InputError("deal", "this deal is too long for a link; share its deal file instead")
    return packed


def _unpacked(text: str) -> Deal:
    unreadable = InputError("deal", "the link is damaged; ask for it again, or open the deal file")
    if len(text) > MAX_LINK_CHARACTERS:
        raise unreadable
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unzip = zlib.decompressobj()
        plain = unzip.decompress(packed, deals.MAX_BYTES)
        if unzip.unconsumed_tail or not unzip.eof:
            raise unreadable
        return deals.with_config(deals.from_mapping(json.loads(plain)), beside=None)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise unreadable from None
