"""Compression: options, columns, and what it cannot see."""

from typing import Final

from costmodel.messages import Message
from lab.experiments.about.common import HELD_OUT, ON_A_CPU, SEED, THREADS, Column, Experiment
from lab.experiments.options import Option

EXPERIMENT: Final = Experiment(
    name="compression",
    title=Message("Compression"),
    about=Message(
        "What int8, bf16 and pruning do to the size, speed and accuracy of a trained classifier."
    ),
    options=(
        Option(
            name="workload",
            kind="text",
            default="bert-sentiment",
            choices=("bert-sentiment", "mlp", "cnn"),
            title=Message("Model to train and compress"),
        ),
        Option(
            name="run",
            kind="text",
            default=None,
            title=Message("A trained classifier's run, instead of training one"),
        ),
        Option(
            name="steps",
            kind="count",
            default=400,
            least=1,
            most=10**6,
            title=Message("Training steps"),
        ),
        Option(
            name="fine_tune_steps",
            kind="count",
            default=60,
            most=10**6,
            title=Message("Steps of fine-tuning after pruning; 0 for none"),
        ),
        Option(
            name="unstructured",
            kind="numbers",
            default=[0.3, 0.5, 0.7, 0.9],
            least=0.01,
            most=0.99,
            unit="fraction",
            title=Message("Shares of the smallest weights set to zero"),
        ),
        Option(
            name="structured",
            kind="numbers",
            default=[0.3, 0.5],
            least=0.01,
            most=0.95,
            unit="fraction",
            title=Message("Shares of units and heads taken out"),
        ),
        Option(
            name="rounds",
            kind="count",
            default=24,
            least=5,
            most=1000,
            title=Message("Rounds of timing"),
        ),
        Option(
            name="claimed_speedup",
            kind="number",
            default=None,
            least=0.1,
            most=1000,
            unit="ratio",
            title=Message("Claimed speed-up"),
        ),
        Option(
            name="claimed_size",
            kind="number",
            default=None,
            least=0.1,
            most=1000,
            unit="ratio",
            title=Message("Claimed times smaller"),
        ),
        Option(
            name="claimed_by",
            kind="text",
            default="unstructured",
            choices=("unstructured", "structured", "int8", "bf16"),
            title=Message("The claim is of"),
        ),
        THREADS,
        SEED,
    ),
    columns=(
        Column(name="label", title=Message("Variant")),
        Column(name="size_bytes", title=Message("File"), unit="bytes"),
        Column(name="size_ratio", title=Message("Times smaller"), unit="ratio"),
        Column(name="speedup_1", title=Message("Times faster, batch 1"), unit="ratio"),
        Column(name="speedup_32", title=Message("Times faster, batch 32"), unit="ratio"),
        Column(name="accuracy", title=Message("Accuracy"), unit="fraction"),
        Column(name="accuracy_change", title=Message("Change of accuracy"), unit="fraction_change"),
        Column(name="auc", title=Message("AUC"), unit="ratio"),
        Column(name="auc_change", title=Message("Change of AUC"), unit="ratio"),
    ),
    cannot_see=(
        ON_A_CPU,
        Message(
            "Sparse formats and kernels that skip zeros, such as 2:4 sparsity on a GPU, are not "
            "here: they would have to be shown on the company's own stack."
        ),
        Message(
            "One model, one data set and one training run: intervals are of the test examples and "
            "of the timing, not of training anew."
        ),
        HELD_OUT,
    ),
    computed=(
        Message("The size is that of the saved file, weights and scales alike."),
        Message(
            "All variants are timed in turn, in random order, round after round, each by the "
            "fastest call within 20 ms; a speed-up is the median of the ratios within a round, "
            "with its 90% interval by resampling rounds."
        ),
        Message(
            "Changes of accuracy and AUC are paired: the same test examples are resampled for the "
            "variant and for fp32."
        ),
        Message(
            "Fine-tuned variants took further steps, so fp32 with the same further steps stands "
            "beside them."
        ),
    ),
)
