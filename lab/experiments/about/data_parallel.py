"""Data parallelism: options, columns, and what it cannot see."""

from typing import Final

from costmodel.messages import Message
from lab.experiments.about.common import SEED, Column, Experiment
from lab.experiments.options import Option

EXPERIMENT: Final = Experiment(
    name="data_parallel",
    title=Message("Data parallelism"),
    about=Message(
        "How much of each further process becomes speed, and what the cost model said before."
    ),
    options=(
        Option(
            name="processes",
            kind="count",
            default=None,
            least=2,
            most=256,
            title=Message("Most processes; otherwise one for each core"),
        ),
        Option(
            name="rounds",
            kind="count",
            default=16,
            least=2,
            most=200,
            title=Message("Rounds of timing"),
        ),
        Option(
            name="steps",
            kind="count",
            default=6,
            least=3,
            most=1000,
            title=Message("Steps in a round"),
        ),
        Option(
            name="n_layers", kind="count", default=4, least=1, most=100, title=Message("Layers")
        ),
        Option(
            name="d_model", kind="count", default=128, least=8, most=8192, title=Message("Width")
        ),
        Option(
            name="batch_size",
            kind="count",
            default=12,
            least=1,
            most=4096,
            title=Message("Rows of each process's batch"),
        ),
        Option(
            name="context_tokens",
            kind="count",
            default=64,
            least=8,
            most=8192,
            title=Message("Tokens that the model sees at once"),
        ),
        Option(
            name="claimed_efficiency",
            kind="number",
            default=None,
            least=0.01,
            most=2,
            unit="fraction",
            title=Message("Claimed scaling efficiency"),
        ),
        Option(
            name="claimed_processes",
            kind="count",
            default=None,
            least=2,
            most=10**6,
            title=Message("The claim is of so many processes, of a machine like this one"),
        ),
        SEED,
    ),
    columns=(
        Column(name="label", title=Message("Method")),
        Column(name="processes", title=Message("Processes")),
        Column(name="step_s", title=Message("Step"), unit="s"),
        Column(name="efficiency", title=Message("Efficiency"), unit="fraction"),
        Column(name="predicted_efficiency", title=Message("Predicted"), unit="fraction"),
        Column(name="error", title=Message("Error of the prediction"), unit="fraction"),
        Column(name="communication_share", title=Message("Communication"), unit="fraction"),
    ),
    cannot_see=(
        Message(
            "Processes of one machine that talk through its memory: a network between machines, "
            "NVLink and NCCL are other constants."
        ),
        Message("Efficiency at more processes than this machine has cores."),
        Message(
            "Other programs on the same cores slow several processes more than one: where they "
            "take more than 15% of the CPU, no claim is judged."
        ),
    ),
    computed=(
        Message(
            "Weak scaling: each process keeps its batch, and efficiency is the step of one process "
            "with one thread, alone on the machine, over the step of all together."
        ),
        Message(
            "The prediction never sees a step of DDP or FSDP. It takes the step of independent "
            "processes side by side, which compete for memory but do not talk, the slowest of them "
            "for each step, and adds the gradients' bytes over an all-reduce that was measured at "
            "other sizes."
        ),
        Message("The share of communication is what a step takes beyond independent processes."),
        Message("Kinds of step take turns within one group of processes, block after block."),
    ),
)
