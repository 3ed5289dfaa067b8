"""Checks of the run and its data: parameters, tokens, hours, dollars, energy, loss, scores."""

from collections.abc import Mapping
from typing import Final

from costmodel import facts
from costmodel.messages import Message
from costmodel.money import prices
from costmodel.uncertainty import Percentiles
from costmodel.units import SECONDS_PER_HOUR, W_PER_KW
from dashboard.deal import stated_range
from dashboard.risk.cross_checks.comparing import Compared, Comparison, compared, sums
from dashboard.risk.metrics.basis import CONVENTIONS, NO_PRICE, over
from dashboard.risk.metrics.compute import chip_of, claimed_flop, claimed_hours, peak_at_precision
from dashboard.risk.metrics.plan import distinct_tokens
from dashboard.risk.metrics.reading import Reading

#: Languages whose share of public text is on record, by code.
_LANGUAGES: Final = {
    "en": "English",
    "zh": "Chinese",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "ja": "Japanese",
}


def utilisation(read: Reading) -> Compared | None:
    """X01: claimed FLOP over accelerators, dense peak and time."""
    flop, hours, peak = claimed_flop(read), claimed_hours(read), peak_at_precision(read)
    if flop is None or hours is None or peak is None:
        return None
    value = flop / (hours * SECONDS_PER_HOUR * peak.value)
    return compared(
        value,
        sums(
            "{flop} over {hours} of accelerators with a dense peak of {peak} is a utilisation of "
            "{value}.",
            flop=(flop, "flop"),
            hours=(hours, "gpu_hour"),
            peak=(peak.value, "flop_per_s"),
            value=(value, "fraction"),
        ),
        Message(
            "Your parameters, tokens, accelerators and time mean a utilisation that runs of this "
            "kind do not show. Please send the step-time log and the bill of accelerator-hours, "
            "and name the number format used."
        ),
    )


def training_cost(read: Reading) -> Compared | None:
    """X02: claimed cost over accelerators, hours and price."""
    if "usd" not in read.basis.claims:
        read.lacking(Message("No cost is claimed; add a claim of usd."))
    cost, hours, price = read.claim("usd", "usd"), claimed_hours(read), _price(read)
    if cost is None or hours is None or price is None:
        return None
    value = over(cost / hours, price)
    return compared(
        value,
        sums(
            "{cost} against {hours} at {price}: {value} times as much.",
            cost=(cost, "usd"),
            hours=(hours, "gpu_hour"),
            price=(price.p50, "usd_per_gpu_hour"),
            value=(value.p50, "ratio"),
        ),
        Message(
            "The stated training cost does not equal accelerators times hours times price. What "
            "does it cover, and at which price per accelerator-hour? Please send the invoices."
        ),
    )


def _price(read: Reading) -> Percentiles | None:
    """Dollars per accelerator-hour: of the plan, as claimed, else as quoted."""
    stated = read.basis.deal.plan.cluster.usd_per_gpu_hour
    if stated is not None:
        span = stated_range(stated, "plan.cluster.usd_per_gpu_hour", "positive")
        read.planned("cluster.usd_per_gpu_hour", span.mid, "usd_per_gpu_hour")
        return Percentiles(span.low, span.mid, span.high)
    claimed = read.claim("usd_per_gpu_hour", "usd_per_gpu_hour")
    if claimed is not None:
        return Percentiles.of(claimed)
    chip = chip_of(read)
    quoted = None if chip is None else prices.rent(chip.name)[0]
    if quoted is None:
        if chip is not None:
            read.lacking(NO_PRICE)
        return None
    read.modelled("usd_per_gpu_hour", quoted.range.mid, "usd_per_gpu_hour")
    return Percentiles(quoted.range.low, quoted.range.mid, quoted.range.high)


def energy(read: Reading) -> Compared | None:
    """X03: energy over accelerators, power and hours, on the basis that is stated.

    At the site the power is that of the cost model, with its range; a figure of the boards
    alone is held against their rated power.
    """
    used, of_boards = read.optional("operations.energy_meter_kwh"), False
    if used is None and "energy_kwh" in read.basis.claims:
        used = read.claim("energy_kwh", "kwh")
        of_boards = read.basis.claims["energy_kwh"].basis == "accelerator"
    if used is None:
        read.lacks("operations.energy_meter_kwh")
    hours, kw = claimed_hours(read), _kw(read, of_boards=of_boards)
    if used is None or hours is None or kw is None:
        return None
    value = over(used / hours, kw)
    return compared(
        value,
        sums(
            "{energy} against {hours} at {kw} for each accelerator: {value} times as much.",
            energy=(used, "kwh"),
            hours=(hours, "gpu_hour"),
            kw=(kw.p50, "kw"),
            value=(value.p50, "ratio"),
        ),
        Message(
            "The stated energy does not equal accelerators times power times hours. What was "
            "metered: accelerators, servers, or the whole site? Please send the meter data."
        ),
    )


def _kw(read: Reading, *, of_boards: bool) -> Percentiles | None:
    estimate = read.basis.estimate
    if estimate is None:
        read.lacking(read.basis.refusal)
        return None
    if of_boards:
        read.fact(estimate.inputs.board_power)
        return Percentiles.of(estimate.inputs.board_power.value / W_PER_KW)
    found = read.basis.kw_per_accelerator
    return read.estimated(found, "kw_per_accelerator", "kw")


def bytes_per_token(read: Reading) -> Compared | None:
    """X04: size of the corpus over its tokens."""
    size = read.number("data.corpus_bytes")
    tokens = read.optional("data.corpus_tokens") or distinct_tokens(read)
    if size is None or tokens is None:
        return None
    value = read.ratio(size, tokens, "data.corpus_tokens")
    if value is None:
        return None
    return compared(
        value,
        sums(
            "{size} of text for {tokens} tokens are {value} bytes a token.",
            size=(size, "bytes"),
            tokens=(tokens, "token"),
            value=(value, "ratio"),
        ),
        Message(
            "The size of the corpus and the number of tokens do not go together. Which tokeniser "
            "counted, and is the size that of plain text?"
        ),
    )


def stock_of_text(read: Reading) -> Compared | None:
    """X05: different tokens over the stock of public text, in the language nearest to it.

    The stock is known within a wide range; the check fails only where even the largest
    stock is too small. All tokens stand in for the different ones, of which there are
    fewer.
    """
    public = read.basis.public_tokens
    by_language = read.basis.deal.data.unique_tokens_by_language
    if by_language:
        read.listed("data.unique_tokens_by_language", by_language, "token")
        tokens = sum(entry.value for entry in by_language.values())
    else:
        planned = distinct_tokens(read)
        if planned is None:
            return None
        tokens = planned
    sides = [(tokens, public)]
    for code, entry in by_language.items():
        if code in _LANGUAGES:
            share = facts.lookup(CONVENTIONS, _LANGUAGES[code], "share_of_public_text")
            span = share.range
            sides.append(
                (
                    entry.value,
                    Percentiles(
                        public.p05 * span.low, public.p50 * share.value, public.p95 * span.high
                    ),
                )
            )
    used, there = max(sides, key=lambda side: side[0] / side[1].p50)
    read.parameter("public_text_tokens")
    value = over(used, there)
    return compared(
        value,
        sums(
            "{tokens} different tokens against a public stock of {stock}: {value} of it.",
            tokens=(used, "token"),
            stock=(there.p50, "token"),
            value=(value.p50, "fraction"),
        ),
        Message(
            "You state more different tokens than there is public text in this language. Where "
            "do they come from, and how were duplicates counted?"
        ),
    )


def final_loss(read: Reading) -> Compared | None:
    """X06: final loss against the fit to the company's own small runs."""
    found = read.numbers("measurements.final_loss", "measurements.scaling_fit_loss")
    if found is None:
        return None
    stated, fitted = found
    return compared(
        stated - fitted,
        sums(
            "A final loss of {stated} against {fitted} by the fit to small runs: {gap} apart.",
            stated=(stated, "nat_per_token"),
            fitted=(fitted, "nat_per_token"),
            gap=(abs(stated - fitted), "nat_per_token"),
        ),
        Message(
            "The final loss does not lie on the curve of your small runs. Please send the loss "
            "curves of all runs, with the evaluation set that they share."
        ),
    )


def public_score(read: Reading) -> Compared | None:
    """X07: score on the public test above that on its private twin."""
    found = read.numbers("measurements.public_score", "measurements.private_twin_score")
    if found is None:
        return None
    public, private = found
    return compared(
        public - private,
        sums(
            "{public} on the public test against {private} on its private twin.",
            public=(public, "fraction"),
            private=(private, "fraction"),
        ),
        Message(
            "The score on the public test is higher than on new questions of the same kind. Was "
            "the test, or text about it, in the training data? Please send the overlap report."
        ),
    )


CHECKS: Final[Mapping[str, Comparison]] = {
    "X01": utilisation,
    "X02": training_cost,
    "X03": energy,
    "X04": bytes_per_token,
    "X05": stock_of_text,
    "X06": final_loss,
    "X07": public_score,
}
