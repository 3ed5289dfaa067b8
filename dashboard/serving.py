"""What a page of serving asks and answers: typed texts in, the cost model's figures out."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import Accelerator
from costmodel.hardware.serving_time import FILE
from costmodel.messages import InputError, Message, check_known
from costmodel.money import serving, serving_margin
from costmodel.money.serving import ServingEstimate
from costmodel.money.serving_levers import Lever, Service, fastest_memory, levers
from costmodel.money.serving_margin import Fleet, MarginLife, TokenPrices
from costmodel.uncertainty import Number, Range
from costmodel.workload.serving_load import WEIGHT_FORMATS, WeightFormat, serving_load
from dashboard.deal import Deal, model_of, precision_of, stated_range
from dashboard.findings import N_DRAWS, chip_of
from dashboard.quantities import parse_count, parse_number, parse_range
from dashboard.scenario import compact, field_of

#: What the page asks for beside the scenario, in the order of the form; also the names in
#: its address.
FIELDS: Final = (
    "requests_per_day",
    "input_tokens",
    "output_tokens",
    "token_ms",
    "weights",
    "replica",
    "other_chip",
    "input_price",
    "output_price",
    "cached_price",
    "paid_share",
    "cached_input_share",
    "mean_over_peak",
    "headroom",
    "overhead_share",
)
#: Fields of the scenario that this page depends on.
SCENARIO_FIELDS: Final = ("chip", "usd_per_gpu_hour", "params", "active_params")
#: Gross margins that the page gives the price for: display only.
MARGINS: Final = (0.0, 0.5, 0.8)

_MS: Final = 1e3
#: Assumptions that may be typed.
_ASSUMED: Final = ("cached_input_share", "mean_over_peak", "headroom", "overhead_share")
#: The cost model's fields by the page's.
_OWN_FIELD: Final = {"bound_s": "token_ms", "n_accelerators": "replica"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What customers pay, as ranges; see ``TokenPrices``."""

    input: Range
    output: Range
    cached_input: Range | None
    paid_share: Range

    def draw(self, rng: np.random.Generator, n: int) -> TokenPrices:
        """The prices in ``n`` worlds."""
        cached = self.cached_input
        return TokenPrices(
            input=self.input.draw(rng, n),
            output=self.output.draw(rng, n),
            cached_input=None if cached is None else cached.draw(rng, n),
            paid_share=self.paid_share.draw(rng, n),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, read and checked."""

    service: Service
    prices: Prices | None
    other_chip: Accelerator | None
    assumed: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What it takes: ``drawn`` in all worlds, ``typical`` at the medians.

    ``margin`` and ``life`` are ``None`` without prices or rent; ``asking`` is the price per
    million tokens for each of ``MARGINS``, ``None`` without rent.
    """

    question: Question
    drawn: ServingEstimate
    typical: ServingEstimate
    fleet: Fleet
    levers: tuple[Lever, ...]
    margin: Number | None
    life: MarginLife | None
    asking: Mapping[float, Number | None]

    @property
    def warnings(self) -> tuple[Message, ...]:
        """What to say beside the figures."""
        return (*self.question.assumed, *self.drawn.warnings, serving.NOT_COUNTED)


def starts(deal: Deal) -> dict[str, str]:
    """What stands in each field until somebody types: the deal's, or a judged start."""
    texts = dict.fromkeys(FIELDS, "")
    for name in ("requests_per_day", "input_tokens", "output_tokens"):
        texts[name] = compact(facts.lookup(FILE, "starting point", name).value)
    texts["token_ms"] = compact(facts.lookup(FILE, "starting point", "bound_s").value * _MS)
    texts["weights"] = _usual_weights(deal)
    return texts


def read(deal: Deal, typed: Mapping[str, str]) -> tuple[Question | None, dict[str, InputError]]:
    """The question, or what was refused, by field of the page or of the scenario."""
    refused: dict[str, InputError] = {}
    values: dict[str, Any] = {}
    texts = starts(deal) | {name: text for name, text in typed.items() if text.strip()}
    assumed: list[Message] = []
    for name, reader in _READERS.items():
        try:
            values[name] = reader(texts[name].strip(), name) if texts[name].strip() else None
        except InputError as error:
            refused[name] = error
    for name in ("input_price", "output_price"):
        other = "output_price" if name == "input_price" else "input_price"
        if name not in refused and values.get(name) is None and values.get(other) is not None:
            refused[name] = InputError(
                name, "one price is written and the other is missing; add it"
            )
    try:
        chip = chip_of(deal, assumed)
    except InputError as error:
        return None, refused | {"chip": error}
    if refused:
        return None, refused
    try:
        question = _question(deal, values, chip, assumed)
    except InputError as error:
        return None, {own_field(error): error}
    return question, {}


def answer(question: Question, *, seed: int = 0, n_draws: int = N_DRAWS) -> Answer:
    """Everything that the page shows. Raises ``InputError`` and ``FactError`` as
    ``serving.inputs_for`` does.
    """
    service = question.service
    inputs = service.inputs()
    typical = serving.estimate(inputs, inputs.medians())
    pulled = levers(service, other_chip=question.other_chip, seed=seed, n_draws=n_draws)
    drawn, fleet = pulled[0].estimate, pulled[0].fleet
    if drawn is None or fleet is None:
        assert pulled[0].refused is not None
        raise pulled[0].refused
    margin = life = None
    if question.prices is not None:
        rng = np.random.default_rng(seed + 1)  # another stream than that of the cost
        paid = question.prices.draw(rng, n_draws)
        margin = serving_margin.gross_margin(drawn, paid, fleet=fleet)
        life = serving_margin.months_until_loss(
            drawn,
            paid,
            price_multiple=serving_margin.price_multiple_range().draw(rng, n_draws),
            cost_multiple=serving_margin.cost_multiple_range().draw(rng, n_draws),
            fleet=fleet,
        )
    return Answer(
        question=question,
        drawn=drawn,
        typical=typical,
        fleet=fleet,
        levers=pulled,
        margin=margin,
        life=life,
        asking={m: serving_margin.price_for_margin(drawn, m, fleet=fleet) for m in MARGINS},
    )


def own_field(error: InputError) -> str:
    """The input of the page, or of the scenario, that a refusal is about."""
    field = field_of(error)
    return _OWN_FIELD.get(field, field)


def refusal(error: InputError | FactError) -> InputError:
    """A missing fact as a refusal of the accelerator that lacks it."""
    if isinstance(error, InputError):
        return error
    return InputError("chip", "{problem}", problem=error.message)


def _question(
    deal: Deal, values: Mapping[str, Any], chip: Accelerator, assumed: list[Message]
) -> Question:
    load = serving_load(
        model_of(deal),
        weights=values["weights"],
        input_tokens=values["input_tokens"],
        output_tokens=values["output_tokens"],
    )
    given: dict[str, Range] = {name: values[name] for name in _ASSUMED if values[name] is not None}
    rent = deal.plan.cluster.usd_per_gpu_hour
    if rent is not None:
        given["usd_per_gpu_hour"] = stated_range(rent, "usd_per_gpu_hour", "positive")
    service = Service(
        load=load,
        chip=chip,
        bound_s=values["token_ms"] / _MS,
        requests_per_day=values["requests_per_day"],
        n_accelerators=values["replica"],
        given=given,
    )
    prices = None
    if values["input_price"] is not None:
        prices = Prices(
            input=values["input_price"],
            output=values["output_price"],
            cached_input=values["cached_price"],
            paid_share=values["paid_share"] or Range(1.0, 1.0, "fraction"),
        )
    return Question(
        service=service,
        prices=prices,
        other_chip=values["other_chip"] or fastest_memory(beside=chip),
        assumed=tuple(assumed),
    )


def _usual_weights(deal: Deal) -> WeightFormat:
    """Eight- and four-bit training is served as it is; wider formats in BF16."""
    precision = precision_of(deal)
    if precision in ("fp8", "mxfp8"):
        return "fp8"
    return "fp4" if precision in ("fp4", "nvfp4") else "bf16"


def _weights(text: str, field: str) -> WeightFormat:
    check_known(field, text.lower(), WEIGHT_FORMATS)
    return next(form for form in WEIGHT_FORMATS if form == text.lower())


def _positive(text: str, field: str) -> float:
    value = parse_number(text, field)
    if not value > 0:
        raise InputError(field, "{value} is not above zero; write a positive number", value=value)
    return value


def _share(text: str, field: str) -> Range:
    return parse_range(text, field, "fraction")


def _or_none(reader: Callable[[str, str], Range]) -> Callable[[str, str], Range]:
    """A reader that takes a plain zero as well: none at all."""

    def read(text: str, field: str) -> Range:
        with suppress(InputError):  # a range, or refused below
            if parse_number(text, field) == 0:
                return Range(0.0, 0.0, "real")
        return reader(text, field)

    return read


def _chip(text: str, field: str) -> Accelerator:
    return accelerators.find(text, field=field)


def _price(text: str, field: str) -> Range:
    return parse_range(text, field)


_READERS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    "requests_per_day": _positive,
    "input_tokens": parse_count,
    "output_tokens": parse_count,
    "token_ms": _positive,
    "weights": _weights,
    "replica": parse_count,
    "other_chip": _chip,
    "input_price": _price,
    "output_price": _price,
    "cached_price": _price,
    "paid_share": _share,
    "cached_input_share": _or_none(_share),
    "mean_over_peak": _share,
    "headroom": _price,
    "overhead_share": _or_none(_price),
}
