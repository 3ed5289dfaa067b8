"""Lines of a programme's bill and of an owned hour: what they are called, and what they mean."""

from typing import Final

from dashboard.language import N_, t

#: Headline figures of the pages: label, and one sentence that explains it.
_FIGURES: Final = {
    "programme": (
        N_("Whole programme"),
        N_(
            "Everything spent to get to the released model: the final run, the compute beside "
            "it, people, data, storage. Offices beyond the on-costs, law, and serving are not "
            "in it."
        ),
    ),
    "final_run": (
        N_("Final run"),
        N_("The bill of the training-cost page: the run that makes the released model."),
    ),
    "other_compute": (
        N_("Other compute"),
        N_(
            "Experiments, failed runs, post-training and evaluation together: a multiple of "
            "the final run, judged by posture and held against published programmes."
        ),
    ),
    "people": (
        N_("People"),
        N_("Yearly pay times on-costs, for the months that each member is paid."),
    ),
    "data": (
        N_("Data and storage"),
        N_("Licences, labelling, synthetic data, cleaning, storage, and transfer out."),
    ),
    "month": (
        N_("Month of the highest spend"),
        N_("The month with the highest median spend: what the bank account must bear."),
    ),
    "owned_hour": (
        N_("Owned hour"),
        N_(
            "Dollars per hour in use of an accelerator bought new and sold after its useful "
            "life. Hours that nobody uses are paid for by those in use."
        ),
    ),
    "rented_hour": (
        N_("Rented hour"),
        N_(
            "Rent today per hour in use. Under a reserved contract idle hours are paid for "
            "too, so the hour in use costs more than the list price."
        ),
    ),
    "cheque": (
        N_("Cheque up front"),
        N_(
            "What is paid before the first hour: accelerators, servers, network, spares, and "
            "the deposit of the site. Delivery and taxes come on top."
        ),
    ),
    "break_even": (
        N_("Owning pays from"),
        N_(
            "The first month by whose end owning has cost no more than renting the same use, "
            "in the middle of all scenarios. What a sale would bring does not count."
        ),
    ),
    "pays": (
        N_("Worlds in which owning pays"),
        N_(
            "Share of the drawn scenarios in which owning costs no more than renting at some "
            "month of the useful life."
        ),
    ),
}

_LINES: Final = {
    "final_run": N_("Final run"),
    "experiments": N_("Experiments"),
    "failed_runs": N_("Failed runs"),
    "post_training": N_("Post-training"),
    "evaluation": N_("Evaluation"),
    "people": N_("People"),
    "licences": N_("Data licences"),
    "labelling": N_("Labelling"),
    "synthetic_data": N_("Synthetic data"),
    "cleaning": N_("Data cleaning"),
    "storage": N_("Storage"),
    "egress": N_("Transfer out"),
    "chips": N_("Accelerators"),
    "servers": N_("Servers"),
    "network": N_("Network"),
    "money": N_("Cost of money"),
    "upkeep": N_("Upkeep"),
    "hosting": N_("Hosting"),
    "staff": N_("Staff"),
    "energy": N_("Electricity"),
    "spares": N_("Spares"),
    "deposit": N_("Deposit of the site"),
}

_POSTURES: Final = {
    "follower": (N_("Follower"), N_("repeats what others published")),
    "challenger": (N_("Challenger"), N_("improves on what others published")),
    "frontier": (N_("Frontier"), N_("looks for what nobody has")),
}


def figure_label(name: str) -> str:
    """What a headline figure is called."""
    return t(_FIGURES[name][0])


def figure_explained(name: str) -> str:
    """One sentence on what it means."""
    return t(_FIGURES[name][1])


def bill_line(line: str) -> str:
    """What a line of a programme, an owned hour or a cheque is called."""
    return t(_LINES[line])


def posture_label(posture: str) -> str:
    """What a posture is called."""
    return t(_POSTURES[posture][0])


def posture_explained() -> str:
    """Every posture with what it does."""
    return "; ".join(f"{t(label)}: {t(what)}" for label, what in _POSTURES.values())
