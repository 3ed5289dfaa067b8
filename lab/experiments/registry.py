"""The experiments by name: what each measures, its options and what it cannot see.

Readable without torch; the code of an experiment is imported by the process that runs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from costmodel.messages import InputError, Message, shown
from lab.experiments import options as reading
from lab.experiments.options import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of an experiment's table: the entry of a row, its title and its unit."""

    name: str
    title: Message
    unit: str = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment: ``lab.experiments.NAME`` holds ``run(options, report) -> dict``.

    ``computed`` says how its figures come about.
    """

    name: str
    title: Message
    about: Message
    options: tuple[Option, ...]
    columns: tuple[Column, ...]
    cannot_see: tuple[Message, ...]
    computed: tuple[Message, ...]

    @property
    def defaults(self) -> dict[str, Any]:
        """Every option at its default."""
        return {option.name: option.default for option in self.options}

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """``given`` with defaults filled in. Raises ``InputError``."""
        return reading.read(self.options, given)


def find(name: object) -> Experiment:
    """The experiment of that name. Raises ``InputError`` with near names."""
    import difflib

    wanted = str(name).replace("-", "_")
    if wanted in EXPERIMENTS:
        return EXPERIMENTS[wanted]
    near = difflib.get_close_matches(wanted, EXPERIMENTS, n=2)
    raise InputError(
        "name",
        "{name} is no experiment; write one of: {known}",
        name=shown(name),
        known=", ".join(near or EXPERIMENTS),
    )


_SEED: Final = Option(
    name="seed",
    kind="count",
    default=0,
    most=2**31,
    title=Message("Seed of weights, batches and noise"),
)
_THREADS: Final = Option(
    name="threads",
    kind="count",
    default=1,
    least=1,
    most=256,
    title=Message("CPU threads"),
)
_ON_A_CPU: Final = Message(
    "Speeds are of this machine's CPU and of PyTorch's own kernels: a GPU, or an inference engine "
    "with kernels of its own, is another measurement."
)
_SMALL: Final = Message(
    "The models are small and train for minutes: what happens at a thousand times the size may "
    "differ."
)
_HELD_OUT: Final = Message(
    "Quality is measured on held-out examples of the same source, not on a customer's task."
)


def _seeds(default: int) -> Option:
    return Option(
        name="seeds",
        kind="count",
        default=default,
        least=1,
        most=20,
        title=Message("Repeats with other seeds"),
    )


_COMPRESSION: Final = Experiment(
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
        _THREADS,
        _SEED,
    ),
    columns=(
        Column(name="label", title=Message("Variant")),
        Column(name="size_bytes", title=Message("File"), unit="bytes"),
        Column(name="size_ratio", title=Message("Times smaller"), unit="ratio"),
        Column(name="speedup_1", title=Message("Times faster, batch 1"), unit="ratio"),
        Column(name="speedup_32", title=Message("Times faster, batch 32"), unit="ratio"),
        Column(name="accuracy", title=Message("Accuracy"), unit="fraction"),
        Column(name="accuracy_change", title=Message("Change of accuracy"), unit="fraction"),
        Column(name="auc", title=Message("AUC"), unit="fraction"),
        Column(name="auc_change", title=Message("Change of AUC"), unit="fraction"),
    ),
    cannot_see=(
        _ON_A_CPU,
        Message(
            "Sparse formats and kernels that skip zeros, such as 2:4 sparsity on a GPU, are not "
            "here: they would have to be shown on the company's own stack."
        ),
        Message(
            "One model, one data set and one training run: intervals are of the test examples and "
            "of the timing, not of training anew."
        ),
        _HELD_OUT,
    ),
    computed=(
        Message("The size is that of the saved file, weights and scales alike."),
        Message(
            "All variants are timed in turn, in random order, round after round; a speed-up is the "
            "median of the ratios within a round, with its 90% interval by resampling rounds."
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

_DATA_PARALLEL: Final = Experiment(
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
            default=8,
            least=2,
            most=200,
            title=Message("Rounds of timing"),
        ),
        Option(
            name="steps",
            kind="count",
            default=12,
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
            title=Message("The claim is of so many processes"),
        ),
        _SEED,
    ),
    columns=(
        Column(name="label", title=Message("Method")),
        Column(name="processes", title=Message("Processes")),
        Column(name="step_s", title=Message("Step"), unit="s"),
        Column(name="tokens_per_s", title=Message("Tokens per second")),
        Column(name="efficiency", title=Message("Efficiency"), unit="fraction"),
        Column(name="predicted_efficiency", title=Message("Predicted"), unit="fraction"),
        Column(name="error", title=Message("Error of the prediction"), unit="fraction"),
        Column(name="communication_share", title=Message("Communication"), unit="fraction"),
        Column(
            name="predicted_communication_share",
            title=Message("Communication, predicted"),
            unit="fraction",
        ),
    ),
    cannot_see=(
        Message(
            "Processes of one machine that talk through its memory: a network between machines, "
            "NVLink and NCCL are other constants."
        ),
        Message("Efficiency at more processes than this machine has cores."),
        Message(
            "Other programs on the same cores slow every kind of step; they take turns, so that "
            "ratios suffer less than times."
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

_FEDERATED: Final = Experiment(
    name="federated",
    title=Message("Federated learning"),
    about=Message(
        "What accuracy is lost when the data stay with many clients, and how many bytes travel."
    ),
    options=(
        Option(
            name="clients",
            kind="numbers",
            default=[2, 5, 10, 20, 50],
            least=1,
            most=200,
            title=Message("Numbers of clients"),
        ),
        Option(
            name="skews",
            kind="words",
            default=["iid", "1", "0.1"],
            choices=("iid", "10", "1", "0.3", "0.1"),
            title=Message("How the classes are spread: iid, or Dirichlet's parameter"),
        ),
        Option(
            name="methods",
            kind="words",
            default=["fedavg", "fedprox"],
            choices=("fedavg", "fedprox"),
            title=Message("Methods"),
        ),
        Option(
            name="rounds", kind="count", default=30, least=1, most=1000, title=Message("Rounds")
        ),
        Option(
            name="local_steps",
            kind="count",
            default=10,
            least=1,
            most=1000,
            title=Message("Steps of each client in a round"),
        ),
        Option(
            name="participation",
            kind="number",
            default=1.0,
            least=0.01,
            most=1.0,
            unit="fraction",
            title=Message("Share of clients that take part in a round"),
        ),
        Option(
            name="proximal",
            kind="number",
            default=0.1,
            least=0.0,
            most=100,
            unit="ratio",
            title=Message("FedProx's pull towards the shared model"),
        ),
        Option(
            name="learning_rate",
            kind="number",
            default=0.3,
            least=1e-6,
            most=10,
            unit="ratio",
            title=Message("Learning rate"),
        ),
        Option(
            name="batch_size",
            kind="count",
            default=32,
            least=1,
            most=1024,
            title=Message("Rows of a batch"),
        ),
        Option(
            name="claimed_gap",
            kind="number",
            default=None,
            least=0.0,
            most=1.0,
            unit="fraction",
            title=Message("Claimed loss of accuracy against central training"),
        ),
        _seeds(2),
        _THREADS,
        _SEED,
    ),
    columns=(
        Column(name="label", title=Message("Method")),
        Column(name="clients", title=Message("Clients")),
        Column(name="skew", title=Message("Data")),
        Column(name="accuracy", title=Message("Accuracy"), unit="fraction"),
        Column(name="gap", title=Message("Lost against central"), unit="fraction"),
        Column(name="rounds_to_central", title=Message("Rounds to within a point of central")),
        Column(name="bytes_up", title=Message("Sent up"), unit="bytes"),
        Column(name="bytes_down", title=Message("Sent down"), unit="bytes"),
    ),
    cannot_see=(
        Message(
            "Clients here are parts of one clean data set on one machine: stragglers, drop-outs, "
            "broken devices and attackers are not simulated."
        ),
        Message(
            "That data stay with their clients is no privacy by itself: updates can leak them, and "
            "the experiment does not measure how much."
        ),
        _SMALL,
        _HELD_OUT,
    ),
    computed=(
        Message(
            "Central training takes as many gradient steps as one client takes in all rounds, with "
            "the same optimiser, batch size and learning rate."
        ),
        Message(
            "Each round the clients start from the shared weights, and the new ones are their mean "
            "by number of examples (McMahan et al. 2017); FedProx adds a pull towards the shared "
            "weights (Li et al. 2020)."
        ),
        Message(
            "Bytes are the fp32 weights that each client receives and sends back, in all rounds "
            "together."
        ),
        Message(
            "The loss against central training is paired by test example, with its 90% interval by "
            "resampling seeds and examples."
        ),
    ),
)

_PRIVACY: Final = Experiment(
    name="privacy",
    title=Message("Differential privacy"),
    about=Message("What a promise of privacy (epsilon) costs in accuracy and time."),
    options=(
        Option(
            name="models",
            kind="words",
            default=["mlp", "cnn"],
            choices=("mlp", "cnn"),
            title=Message("Models"),
        ),
        Option(
            name="noise",
            kind="numbers",
            default=[0.5, 1.2, 2.0, 4.0],
            least=0.2,
            most=100,
            unit="ratio",
            title=Message("Noise over the clipping norm"),
        ),
        Option(
            name="epochs",
            kind="count",
            default=20,
            least=1,
            most=10_000,
            title=Message("Passes through the data"),
        ),
        Option(
            name="batch_size",
            kind="count",
            default=128,
            least=1,
            most=10_000,
            title=Message("Rows of a batch, on average"),
        ),
        Option(
            name="clip_norm",
            kind="number",
            default=1.0,
            least=1e-3,
            most=1e3,
            unit="ratio",
            title=Message("Largest norm of one example's gradient"),
        ),
        Option(
            name="learning_rate",
            kind="number",
            default=1e-2,
            least=1e-6,
            most=10,
            unit="ratio",
            title=Message("Learning rate"),
        ),
        Option(
            name="claimed_epsilon",
            kind="number",
            default=None,
            least=0.01,
            most=1e4,
            unit="ratio",
            title=Message("Claimed epsilon"),
        ),
        Option(
            name="claimed_gap",
            kind="number",
            default=None,
            least=0.0,
            most=1.0,
            unit="fraction",
            title=Message("Claimed loss of accuracy at that epsilon"),
        ),
        _seeds(2),
        _THREADS,
        _SEED,
    ),
    columns=(
        Column(name="label", title=Message("Model")),
        Column(name="noise", title=Message("Noise"), unit="ratio"),
        Column(name="epsilon", title=Message("Epsilon"), unit="ratio"),
        Column(name="accuracy", title=Message("Accuracy"), unit="fraction"),
        Column(name="gap", title=Message("Lost against no privacy"), unit="fraction"),
        Column(name="slowdown", title=Message("Times slower a step"), unit="ratio"),
    ),
    cannot_see=(
        Message(
            "Epsilon bounds what any attacker could learn of one example; whether an attack on "
            "this model succeeds is another experiment."
        ),
        Message(
            "It protects one row of the data: a person with many rows is protected less, and "
            "choosing settings by looking at the data is not counted."
        ),
        Message(
            "Noise comes from a seeded generator so that runs repeat; a product needs a "
            "cryptographic one."
        ),
        _SMALL,
    ),
    computed=(
        Message(
            "DP-SGD (Abadi et al. 2016): batches drawn at random row by row, each example's "
            "gradient clipped, noise added to their sum. Each step is counted."
        ),
        Message(
            "Epsilon is by Opacus' PRV accountant at the fixed delta below, which is smaller than "
            "one over the number of training examples."
        ),
        Message(
            "Without privacy the same model takes the same steps with the same optimiser, batches "
            "drawn in the same way."
        ),
        Message(
            "Accuracy is the mean over seeds; the loss is paired by seed and test example, with "
            "its 90% interval by resampling both."
        ),
    ),
)

_SCALING_SWEEP: Final = Experiment(
    name="scaling_sweep",
    title=Message("Scaling sweep"),
    about=Message(
        "Whether loss falls with size by a law, and how well that law foretells a larger model."
    ),
    options=(
        Option(
            name="widths",
            kind="numbers",
            default=[16, 24, 32, 48, 64, 96],
            least=8,
            most=4096,
            fewest=5,
            title=Message("Widths; the largest is held out"),
        ),
        Option(name="n_layers", kind="count", default=2, least=1, most=64, title=Message("Layers")),
        Option(
            name="tokens",
            kind="count",
            default=600_000,
            least=10_000,
            most=10**10,
            title=Message("Tokens that each size trains on"),
        ),
        Option(
            name="learning_rates",
            kind="numbers",
            default=[0.004, 0.012],
            least=1e-6,
            most=1.0,
            unit="ratio",
            fewest=2,
            title=Message("Learning rates; the better is kept"),
        ),
        Option(
            name="batch_size",
            kind="count",
            default=16,
            least=1,
            most=4096,
            title=Message("Rows of a batch"),
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
            name="data",
            kind="text",
            default=None,
            title=Message("The company's text file; otherwise Shakespeare"),
        ),
        Option(
            name="claimed_loss",
            kind="number",
            default=None,
            least=0.01,
            most=100,
            unit="nat_per_token",
            title=Message("Claimed loss, in nats per token"),
        ),
        Option(
            name="claimed_params",
            kind="number",
            default=None,
            least=1,
            most=1e15,
            unit="parameter",
            title=Message("Parameters of the claimed model, embeddings left out"),
        ),
        Option(
            name="claimed_tokens",
            kind="number",
            default=None,
            least=1,
            most=1e16,
            unit="token",
            title=Message("Tokens that the claimed model trained on"),
        ),
        _THREADS,
        _SEED,
    ),
    columns=(
        Column(name="label", title=Message("Size")),
        Column(name="params", title=Message("Parameters"), unit="parameter"),
        Column(name="loss", title=Message("Loss"), unit="nat_per_token"),
        Column(name="learning_rate", title=Message("Learning rate"), unit="ratio"),
        Column(name="other_loss", title=Message("Loss at the other rate"), unit="nat_per_token"),
        Column(name="predicted", title=Message("Predicted"), unit="nat_per_token"),
        Column(name="error", title=Message("Error of the prediction"), unit="fraction"),
    ),
    cannot_see=(
        Message(
            "A loss compares only within one text and one tokenizer: a claimed loss on other data "
            "cannot be judged from here."
        ),
        Message(
            "The law is of this family of models at equal tokens. It says nothing of more data, of "
            "another architecture, or of sizes beyond ten times the largest trained."
        ),
        Message("Loss is not usefulness: abilities may come and go without a trace in it."),
        _SMALL,
    ),
    computed=(
        Message(
            "Parameters are counted without embeddings (Kaplan et al. 2020); depth and tokens are "
            "the same for all sizes."
        ),
        Message(
            "The slope is of log loss over log parameters by least squares, with Student's 90% "
            "interval from what is left over."
        ),
        Message(
            "An irreducible loss is stated only where its profile-likelihood interval is bounded "
            "on both sides and leaves out zero; else the straight line stands."
        ),
        Message("The largest size is foretold from the smaller ones and only then compared."),
    ),
)

_QUALITY: Final = Experiment(
    name="quality",
    title=Message("Data quality"),
    about=Message("The same model trained on the data as they are, and on the data cleaned."),
    options=(
        Option(
            name="data",
            kind="text",
            default=None,
            title=Message("A labelled table; otherwise the shipped reviews"),
        ),
        Option(name="text_column", kind="text", default=None, title=Message("Column of the text")),
        Option(
            name="label_column", kind="text", default=None, title=Message("Column of the label")
        ),
        Option(
            name="steps",
            kind="count",
            default=200,
            least=1,
            most=10**6,
            title=Message("Training steps"),
        ),
        _seeds(2),
        _THREADS,
        _SEED,
    ),
    columns=(
        Column(name="label", title=Message("Data")),
        Column(name="examples", title=Message("Examples")),
        Column(name="accuracy", title=Message("Accuracy"), unit="fraction"),
        Column(name="auc", title=Message("AUC"), unit="fraction"),
    ),
    cannot_see=(_SMALL, _HELD_OUT),
    computed=(
        Message("Both models take the same steps and are judged on the same held-out examples."),
    ),
)

EXPERIMENTS: Final[Mapping[str, Experiment]] = {
    experiment.name: experiment
    for experiment in (
        _COMPRESSION,
        _DATA_PARALLEL,
        _FEDERATED,
        _PRIVACY,
        _SCALING_SWEEP,
        _QUALITY,
    )
}
