"""Step times by other public calculators, for ``tests.bench`` to set beside Assay's.

Runs in an environment of its own, for their dependencies and Assay's differ: rows as JSON
on standard input, seconds by row and calculator as JSON on standard output. Each gets what
a blind user can give: architecture, accelerators, layout, batch; no achieved throughput.
Rows that a calculator refuses are left out of its answers.
"""

import contextlib
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]


def llm_analysis(row: Row) -> float:
    """llm-analysis 0.2: a roofline at the peak, its own default."""
    from llm_analysis.analysis import LLMAnalysis
    from llm_analysis.config import (
        ModelConfig,
        ParallelismConfig,
        get_dtype_config_by_name,
        get_gpu_config_by_name,
    )

    gpu = {"A100-40": "a100-sxm-40gb", "A100-80": "a100-sxm-80gb", "H100": "h100-sxm-80gb"}
    model = ModelConfig(
        name=row["id"],
        num_layers=row["n_layers"],
        n_head=row["n_heads"],
        hidden_dim=row["d_model"],
        vocab_size=row["vocab_size"],
        max_seq_len=row["context_tokens"],
        num_key_value_heads=row["n_kv_heads"],
        ffn_embed_dim=row["d_ff"],
    )
    analysis = LLMAnalysis(
        model,
        get_gpu_config_by_name(gpu[row["chip"]]),
        get_dtype_config_by_name("w16a16e16"),
        ParallelismConfig(tp_size=row["tensor"], pp_size=row["pipeline"], dp_size=row["data"]),
    )
    found = analysis.training(
        batch_size_per_gpu=row["micro_batch"],
        gradient_accumulation_steps=max(int(row["micro_batches"]), 1),
        seq_len=row["context_tokens"],
        total_num_tokens=row["batch"] * row["context_tokens"],
        activation_recomputation=_enum("ActivationRecomputation", 2 if row["full"] else 0),
        ds_zero=_enum("DSZeRO", row["zero"]),
        flash_attn=row["flash"],
        mlp_gated_linear_units=row["gated"],
    )
    return float(found["latency_per_iter"])


def _enum(name: str, value: int) -> Any:
    from llm_analysis import analysis

    return getattr(analysis, name)(value)


def mlsysim(row: Row) -> float:
    """mlsysim 0.3: its distributed model at its default efficiency of one half."""
    from mlsysim.core.units import ureg
    from mlsysim.hardware.registry import Hardware
    from mlsysim.models.types import TransformerWorkload
    from mlsysim.solvers import DistributedModel
    from mlsysim.systems.registry import Systems
    from mlsysim.systems.types import Fleet

    hopper = row["chip"] == "H100"
    node = Systems.Nodes.DGX_H100 if hopper else Systems.Nodes.DGX_A100
    if row["chip"] == "A100-40":
        node = node.model_copy(update={"accelerator": Hardware.Cloud.A100_40GB})
    per_node = min(row["n"], 8)
    if row["n"] % per_node:
        per_node = 1
    node = node.model_copy(update={"accelerators_per_node": per_node})
    fabrics = Systems.Fabrics
    fleet = Fleet(
        name="bench",
        node=node,
        count=row["n"] // per_node,
        fabric=fabrics.InfiniBand_NDR if hopper else fabrics.InfiniBand_HDR,
    )
    model = TransformerWorkload(
        name=row["id"],
        architecture="Transformer",
        parameters=row["params"] * ureg.count,
        layers=row["n_layers"],
        hidden_dim=row["d_model"],
        heads=row["n_heads"],
        kv_heads=row["n_kv_heads"],
    )
    found = DistributedModel().solve(
        model=model,
        fleet=fleet,
        batch_size=int(row["batch"]),
        precision="fp16",
        tp_size=row["tensor"],
        pp_size=row["pipeline"],
        v_stages=row["interleave"],
        microbatch_count=max(int(row["micro_batches"]), 1),
        zero_stage=row["zero"],
        activation_recomputation=row["full"],
        overlap_comm=True,
        seq_len=row["context_tokens"],
    )
    return float(found.step_latency_total.to("second").magnitude)


PEERS: dict[str, Callable[[Row], float]] = {"llm-analysis": llm_analysis, "mlsysim": mlsysim}


def main() -> int:
    """Answer every row by every calculator that is installed."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    rows = json.load(sys.stdin)
    answers: dict[str, Any] = {}
    with contextlib.redirect_stdout(sys.stderr):  # they log to standard output
        for name, solve in PEERS.items():
            steps, took, refused = {}, [], {}
            for row in rows:
                start = time.perf_counter()
                try:
                    steps[row["id"]] = solve(row)
                except ModuleNotFoundError:
                    break
                except Exception as error:  # noqa: BLE001 -- whatever another program refuses
                    refused[row["id"]] = f"{type(error).__name__}: {error}"[:200]
                took.append(time.perf_counter() - start)
            if took:
                middle = sorted(took)[len(took) // 2]
                answers[name] = {"steps": steps, "seconds": middle, "refused": refused}
    json.dump(answers, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
