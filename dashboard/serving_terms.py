"""The words of serving: what each figure is called, what it means, how it was computed."""

from typing import Final

from dashboard.language import N_, t

#: Figure -> (label, meaning, formula).
_FIGURES: Final = {
    "input_usd": (
        N_("Input, $/M tokens"),
        N_(
            "What reading a million tokens costs: the share of the rent that prefill takes, "
            "idle accelerators and the service's overhead included."
        ),
        N_("rent per second × (1 + overhead) × seconds to read one input ÷ its tokens ÷ mean use"),
    ),
    "output_usd": (
        N_("Output, $/M tokens"),
        N_(
            "What writing a million tokens costs: the share of the rent that decoding takes, "
            "idle accelerators and the service's overhead included."
        ),
        N_("rent per second × (1 + overhead) × time per token ÷ requests at once ÷ mean use"),
    ),
    "batch": (
        N_("Requests at once"),
        N_(
            "How many requests one replica writes at the same time (the batch). More share the "
            "reading of the weights and make a token cheaper; memory and the time per token "
            "set the limit."
        ),
        N_(
            "the most requests whose caches fit beside the weights and whose step stays within "
            "the time per token"
        ),
    ),
    "token_s": (
        N_("Time per token"),
        N_(
            "Seconds between two tokens of one answer: one decode step. Stalls while the replica "
            "reads other requests are not in it."
        ),
        N_(
            "the larger of bytes ÷ (bandwidth × efficiency) and FLOP ÷ (peak × efficiency), plus "
            "exchanges between accelerators and a fixed overhead"
        ),
    ),
    "first_token_s": (
        N_("First token after"),
        N_(
            "Time to the first token: to read the input of a request that is served at once. No "
            "queue is counted."
        ),
        N_(
            "the larger of input FLOP ÷ (peak × efficiency) and weights ÷ bandwidth, plus "
            "exchanges and a fixed overhead"
        ),
    ),
    "replica": (
        N_("Replica size"),
        N_(
            "Accelerators that hold one copy of the model together. Unless you write a size, "
            "every power of two is tried and the one with the smallest fleet is taken."
        ),
        N_(
            "the size that fits, keeps the time per token, and needs the fewest accelerators in all"
        ),
    ),
    "accelerators": (
        N_("Fleet size"),
        N_(
            "Accelerators in all: whole replicas for the busiest hour of the week, with room for "
            "failures and uneven load."
        ),
        N_(
            "requests a second ÷ mean over peak × headroom ÷ requests a second of a replica, "
            "rounded up, × accelerators of a replica"
        ),
    ),
    "usd_month": (
        N_("Cost of a month"),
        N_("Rent of the whole fleet around the clock, with the service's overhead."),
        N_("accelerators × 24 h × price × (1 + overhead) × days of a month"),
    ),
    "margin": (
        N_("Gross margin"),
        N_(
            "Share of revenue left after the cost of serving, idle accelerators included. "
            "Training, research and sales are not in it."
        ),
        N_("1 − cost of a request on the whole fleet ÷ what a request brings in"),
    ),
    "months": (
        N_("Margin lasts"),
        N_(
            "Time until the gross margin turns negative, if prices and costs go on moving as "
            "they have. Zero where it is negative today; "
            "never, where costs fall at least as fast as prices."
        ),
        N_(
            "12 × ln(price ÷ cost) ÷ ln(next year's cost over this year's ÷ next year's price "
            "over this year's)"
        ),
    ),
    "break_even": (
        N_("Break-even price"),
        N_(
            "Dollars per million tokens, read and written alike, at which the margin is zero, "
            "if every request is paid for."
        ),
        N_("cost of a request on the whole fleet ÷ its tokens"),
    ),
}

_ASSUMPTIONS: Final = {
    "memory_efficiency": N_("Share of the memory bandwidth reached"),
    "decode_efficiency": N_("Share of the peak reached when writing"),
    "prefill_efficiency": N_("Share of the peak reached when reading"),
    "link_efficiency": N_("Share of the link bandwidth reached"),
    "link_latency_s": N_("Latency of one exchange in a server"),
    "network_latency_s": N_("Latency of one exchange between servers"),
    "step_overhead_s": N_("Fixed overhead of a step"),
    "measured_over_computed": N_("Measured time over computed"),
    "memory_reserve_share": N_("Memory kept in reserve"),
    "mean_over_peak": N_("Mean over peak traffic"),
    "headroom": N_("Capacity over peak traffic"),
    "overhead_share": N_("Overhead of the service over rent"),
    "cached_input_share": N_("Input read before (prefix cache)"),
    "usd_per_gpu_hour": N_("Price per GPU-hour"),
    "price_multiple_per_year": N_("Next year's token price over this year's"),
    "cost_multiple_per_year": N_("Next year's cost per token over this year's"),
}

_PARTS: Final = {
    "weights": N_("weights"),
    "cache": N_("cache of the requests"),
    "reserve": N_("reserve"),
    "free": N_("free"),
}


def label(figure: str) -> str:
    """What a figure is called."""
    return t(_FIGURES[figure][0])


def meaning(figure: str) -> str:
    """One sentence on what the figure means."""
    return t(_FIGURES[figure][1])


def formula(figure: str) -> str:
    """How the figure is computed."""
    return t(_FIGURES[figure][2])


def assumption_label(name: str) -> str:
    """What an assumption of serving is called."""
    return t(_ASSUMPTIONS[name])


def part_label(part: str) -> str:
    """What a part of the memory is called."""
    return t(_PARTS[part])
