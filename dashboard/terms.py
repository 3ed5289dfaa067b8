"""The names that a person reads, one place for each, with the sentence that explains it."""

from typing import Final

from costmodel.claims import Finding
from costmodel.facts import Source
from costmodel.messages import Message
from costmodel.money import energy
from costmodel.money.programme import price_of
from dashboard import fact_terms
from dashboard.language import N_, current, listed, t

_QUANTITIES: Final = {
    "params": N_("Parameters"),
    "active_params": N_("Active parameters"),
    "train_flop": N_("Training FLOP"),
    "mfu": N_("MFU in the step"),
    "gpu_hours": N_("GPU-hours"),
    "wall_days": N_("Days"),
    "usd": N_("Cost of the final run"),
    "usd_per_gpu_hour": N_("Price per GPU-hour"),
    "energy_kwh": N_("Energy"),
    "kg_co2e": N_("CO₂e"),
    "kw": N_("Power per accelerator"),
}

_EXPLAINED: Final = {
    "params": N_("Every weight of the model, counted from its architecture."),
    "active_params": N_(
        "The weights that one token passes through. In a mixture-of-experts model that is a "
        "part of all; it, not the total, sets the cost of training."
    ),
    "train_flop": N_(
        "Arithmetic of the whole run by the usual convention: 6 x active parameters x tokens. "
        "Attention and recomputation come on top and are shown apart."
    ),
    "mfu": N_(
        "Model FLOP utilisation: the share of the accelerators' dense 16-bit peak that ends in "
        "useful arithmetic while training steps run, counting 6 x active parameters x tokens."
    ),
    "gpu_hours": N_(
        "Accelerator-hours on the bill: model FLOP over peak, efficiency and goodput, so failed "
        "and repeated steps are inside."
    ),
    "wall_days": N_("GPU-hours over the number of accelerators and 24 hours."),
    "usd": N_(
        "Rent of the accelerators for the final run, with storage and data transfer. Experiments "
        "before it, people and data are not in this figure."
    ),
    "energy_kwh": N_(
        "At the site's meter: accelerators, servers at their average draw, and cooling (PUE)."
    ),
    "kg_co2e": N_("Energy times the carbon intensity of the region's grid, location-based."),
}

#: The publisher of what the project itself judged, fitted or summed up.
OWN: Final = "Assay"

#: Groups of backtest rows: by source of step times, and whole runs.
_GROUPS: Final = {
    "llm-foundry-benchmarks": N_("Step time, MosaicML LLM Foundry, A100 and H100"),
    "narayanan-2021": N_("Step time, Narayanan et al. 2021, table 1"),
    "korthikanti-2022": N_("Step time, Korthikanti et al. 2022, table 5"),
    "nemo-performance": N_("Step time, NVIDIA NeMo 24.07, FP8"),
    "megatron-bridge-performance": N_("Step time, NVIDIA Megatron-Bridge, FP8, FP4 and MoE"),
    "moe-parallel-folding": N_("Step time, Liu et al. 2025, MoE Parallel Folding, tables 1 to 4"),
    "runs with layout": N_("Whole runs with hours and layout on record"),
    "other runs": N_("Other whole runs"),
}

#: Whose dollars a lever saves.
_OF_WHAT: Final = {
    "run": N_("of the final run"),
    "programme": N_("of the programme around it"),
    "both": N_("of training and serving together"),
}

#: What fills an accelerator's memory.
_MEMORY: Final = {
    "weights_bytes": N_("Weights"),
    "gradients_bytes": N_("Gradients"),
    "optimiser_bytes": N_("Optimiser"),
    "activations_bytes": N_("Activations"),
    "logits_bytes": N_("Logits"),
    "framework_bytes": N_("Framework and buffers"),
}

_LINES: Final = {
    "steps": N_("Training steps"),
    "lost": N_("Failures, checkpoints, restarts"),
    "extras": N_("Storage, data transfer, support"),
}

_ASSUMPTIONS: Final = {
    "efficiency": N_("Efficiency in the step"),
    "speedup": N_("Speed against 16-bit"),
    "goodput": N_("Goodput"),
    "usd_per_gpu_hour": N_("Price per GPU-hour"),
    "extras_share": N_("Storage and data transfer, share of rent"),
    "server_power_ratio": N_("Server power over accelerator power"),
    "mean_draw_share": N_("Average draw, share of rated power"),
    "pue": N_("PUE"),
    "carbon_kg_co2e_per_kwh": N_("Carbon of the grid"),
}

_VERDICTS: Final = {
    "consistent": N_("Consistent"),
    "stretched": N_("Stretched"),
    "implausible": N_("Implausible"),
    "impossible": N_("Impossible"),
    "cannot tell": N_("Cannot tell"),
}

_VERDICTS_EXPLAINED: Final = {
    "consistent": N_("Within the 90% range of what such a run takes."),
    "stretched": N_("Outside the 90% range; possible, but ask for proof."),
    "implausible": N_("Outside the 99% range; do not believe it without measured proof."),
    "impossible": N_("Breaks arithmetic or the accelerator's peak."),
    "cannot tell": N_("The numbers given do not allow a check."),
}

_FACTS: Final = {
    "board_power_w": N_("Board power"),
    "context_tokens": N_("Context length where none is given"),
    "days_to_plan_for": N_("Days to plan for where no cluster size is given"),
    "decoder_token_share": N_("Share of tokens that pass the decoder"),
    "few_quotes_high": N_("Top of a price range with few quotes, multiple of the highest"),
    "few_quotes_low": N_("Bottom of a price range with few quotes, multiple of the lowest"),
    "industrial_electricity_usd_per_kwh": N_("Industrial electricity price"),
    "intranode_bandwidth_byte_per_s": N_("Bandwidth between accelerators of a node"),
    "memory_bandwidth_byte_per_s": N_("Memory bandwidth"),
    "memory_bytes": N_("Memory"),
    "peak_bf16_flop_per_s": N_("Dense BF16 peak"),
    "peak_bf16_sparse_flop_per_s": N_("BF16 peak with sparsity"),
    "peak_fp16_flop_per_s": N_("Dense FP16 peak"),
    "peak_fp16_sparse_flop_per_s": N_("FP16 peak with sparsity"),
    "peak_fp32_flop_per_s": N_("FP32 peak"),
    "peak_fp4_flop_per_s": N_("Dense FP4 peak"),
    "peak_fp8_flop_per_s": N_("Dense FP8 peak"),
    "peak_int8_op_per_s": N_("Dense INT8 peak"),
    "peak_tf32_flop_per_s": N_("Dense TF32 peak"),
    "price_years": N_("Years of quotes in a price range"),
    "programme_over_final_run": N_("Research programme over final run"),
    "global_batch_tokens": N_("Tokens of a step where none are stated"),
    "interval_factor_beyond_rows": N_("Widening of an interval for each thing beyond its rows"),
    "least_batch_tokens_per_accelerator": N_("Least tokens of a step per accelerator"),
    "memory_binary_ratio": N_("Bytes reported over bytes on the data sheet"),
    "memory_overhead_base": N_("Memory that the framework takes"),
    "memory_overhead_share": N_("Memory lost to fragments and buffers"),
    "purchase_usd": N_("Purchase price"),
    "tpp": N_("Total processing performance (export rules)"),
}

_SUBJECTS: Final = {
    "any run": N_("any training run"),
    "any site": N_("any data centre"),
    "any region": N_("any region"),
    "fp8 over bf16": N_("FP8 over BF16"),
    "T5 span corruption": N_("T5 span corruption"),
    "under 10e9 parameters": N_("models under 10 billion parameters"),
    "from 10e9 parameters": N_("models from 10 billion parameters"),
    "from 100e9 parameters": N_("models from 100 billion parameters"),
    "published programmes": N_("research programmes with published totals"),
    "other": N_("other accelerators"),
}

_MEDIAN_RENT: Final = "median_usd_per_gpu_hour_"

_CONTRACTS: Final = {
    "on_demand": N_("on demand"),
    "reserved_1yr": N_("reserved, 1 year"),
    "reserved_3yr": N_("reserved, 3 years"),
    "spot": N_("spot"),
}

_CLASSES: Final = {"dense": N_("dense"), "moe": N_("mixture of experts")}

_EVIDENCE: Final = {
    "stated": N_("stated at the source"),
    "reported": N_("reported second-hand"),
    "derived": N_("derived from cited figures"),
    "judgement": N_("judgement"),
    "recall": N_("from memory, not confirmed"),
}


def quantity_label(quantity: str) -> str:
    """What a claim's or estimate's quantity is called."""
    return t(_QUANTITIES[quantity])


def finding_label(finding: Finding) -> str:
    """What a finding is about; what only follows from other claims says so."""
    if finding.claim == "implied_mfu":
        return t("MFU of the whole run")
    label = quantity_label(finding.quantity)
    return t("{quantity}, cross-check", quantity=label) if finding.implied else label


def explanation(quantity: str) -> str:
    """One sentence on what the quantity means."""
    return t(_EXPLAINED[quantity])


def line_label(line: str) -> str:
    """What a line of the bill is called."""
    return t(_LINES[line])


def assumption_label(name: str) -> str:
    """What an assumption is called; those of a programme carry what they are about."""
    kind, _, about = name.partition(".")
    if kind == "pay":
        role, _, region = about.partition(".")
        return t("Pay, {role}, {region}", role=role_label(role), region=region_label(region))
    if kind == "on_cost":
        return t("Pay with on-costs over pay, {region}", region=region_label(about))
    if kind == "price":
        return t("Price, {kind}", kind=subject_label(about))
    return fact_label(name) if name not in _ASSUMPTIONS else t(_ASSUMPTIONS[name])


def with_labels(message: Message) -> Message:
    """A warning that names assumptions (by semicolon), with what they are called instead."""
    names = message.params.get("names")
    if not isinstance(names, str):
        return message
    labels = listed(assumption_label(name) for name in names.split("; "))
    return Message(message.text, {**message.params, "names": labels})


def verdict_label(verdict: str) -> str:
    """The verdict in the current language."""
    return t(_VERDICTS[verdict])


def verdict_explained(verdict: str) -> str:
    """What the verdict means."""
    return t(_VERDICTS_EXPLAINED[verdict])


def evidence_label(grade: str) -> str:
    """What an evidence grade means."""
    return t(_EVIDENCE[grade])


def fact_label(quantity: str) -> str:
    """What a quantity of the cited data is called."""
    for start, label in fact_terms.PAY.items():
        if quantity.startswith(start):
            return t(label, role=role_label(quantity.removeprefix(start)))
    if quantity.startswith(_MEDIAN_RENT):
        return t("Median rent, {year}", year=quantity.removeprefix(_MEDIAN_RENT))
    for labels in (_FACTS, fact_terms.QUANTITIES, _ASSUMPTIONS):
        if quantity in labels:
            return t(labels[quantity])
    raise KeyError(quantity)


def role_label(role: str) -> str:
    """What a role is called."""
    return t(fact_terms.ROLES[role])


def counted_kind(kind: str) -> str:
    """A kind of data with what is counted of it: text licence (tokens)."""
    counted = t(fact_terms.COUNTED_IN[price_of(kind).unit])
    frame = "{}（{}）" if current() == "zh" else "{} ({})"
    return frame.format(subject_label(kind), counted)


def region_label(region: str) -> str:
    """A country in the reader's language."""
    known = {r.name: r.name_zh for r in energy.regions()} if current() == "zh" else {}
    return known.get(region) or subject_label(region)


def subject_label(subject: str) -> str:
    """What a row of the cited data is about; proper names stay as they are."""
    known = _SUBJECTS | fact_terms.SUBJECTS | fact_terms.OF_SCENARIOS
    return t(known[subject]) if subject in known else subject


def contract_label(price_type: str) -> str:
    """What a rental contract is called."""
    return t(_CONTRACTS[price_type])


def class_label(model_class: str) -> str:
    """Dense or mixture of experts."""
    return t(_CLASSES[model_class])


def group_label(name: str) -> str:
    """A group of backtest rows, in words; a file's own source as it is written there."""
    return t(_GROUPS[name]) if name in _GROUPS else name


def source_title(source: Source) -> str:
    """A source's title as it was published, and that of our own in the reader's language."""
    return t(source.title) if source.publisher == OWN else source.title


def of_what_label(name: str) -> str:
    """Whose dollars a lever saves, in words."""
    return t(_OF_WHAT[name])


def memory_label(part: str) -> str:
    """A part of an accelerator's memory."""
    return t(_MEMORY[part])
