"""Scores equal the published definitions and scikit-learn's figures, ties and gaps included."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sk

from lab import bootstrap, metrics


def example(
    n: int, n_classes: int, *, seed: int = 0, decimals: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels and probabilities that know something of them, with many ties."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(n_classes), rng.integers(n_classes, size=n - n_classes)])
    logit = rng.normal(size=(n, n_classes)).round(decimals)
    logit[np.arange(n), labels] += 1
    odds = np.exp(logit)
    return labels, odds / odds.sum(axis=1, keepdims=True)


def names(n: int) -> tuple[str, ...]:
    return tuple("abcdefghij"[:n])


@pytest.mark.parametrize("n_classes", [2, 3, 10])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_figure_equals_scikit_learns(n_classes: int, seed: int) -> None:
    labels, p = example(400, n_classes, seed=seed)
    found = metrics.classification(labels, p, names(n_classes), n_resamples=20)
    called = p.argmax(axis=1)
    average = "binary" if n_classes == 2 else "macro"
    assert found.accuracy.value == pytest.approx(sk.accuracy_score(labels, called))
    assert found.f1.value == pytest.approx(sk.f1_score(labels, called, average=average))
    assert found.macro_f1 == pytest.approx(sk.f1_score(labels, called, average="macro"))
    assert found.weighted_f1 == pytest.approx(sk.f1_score(labels, called, average="weighted"))
    assert found.precision == pytest.approx(sk.precision_score(labels, called, average=average))
    assert found.recall == pytest.approx(sk.recall_score(labels, called, average=average))
    score = p[:, 1] if n_classes == 2 else p
    assert found.auc.value == pytest.approx(sk.roc_auc_score(labels, score, multi_class="ovr"))
    assert found.confusion == tuple(map(tuple, sk.confusion_matrix(labels, called).tolist()))
    assert found.brier == pytest.approx(((p - np.eye(n_classes)[labels]) ** 2).sum(axis=1).mean())
    precision, recall, f1, n = sk.precision_recall_fscore_support(labels, called)
    for i, each in enumerate(found.per_class):
        assert (each.precision, each.recall, each.f1) == pytest.approx(
            (precision[i], recall[i], f1[i])
        )
        assert each.n == n[i]


def test_the_roc_curve_is_scikit_learns_and_its_area_the_auc() -> None:
    labels, p = example(120, 2)
    curve = metrics.roc(labels == 1, p[:, 1])
    assert curve is not None
    false, true, _ = sk.roc_curve(labels, p[:, 1], drop_intermediate=False)
    assert curve.false_positive_rate == pytest.approx(tuple(false))
    assert curve.true_positive_rate == pytest.approx(tuple(true))
    area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
    assert area == pytest.approx(metrics.auc(labels, p))


def test_a_long_roc_curve_is_thinned_with_its_ends_and_its_area() -> None:
    labels, p = example(20_000, 2, decimals=9)
    curve = metrics.roc(labels == 1, p[:, 1])
    assert curve is not None
    ends = (curve.false_positive_rate[0], curve.true_positive_rate[-1])
    assert ends == (0.0, 1.0)
    assert len(curve.true_positive_rate) <= 202
    area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
    assert area == pytest.approx(metrics.auc(labels, p), abs=1e-3)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=40))
def test_auc_is_the_chance_that_a_positive_ranks_higher(found: list[tuple[bool, int]]) -> None:
    positive = [score for is_positive, score in found if is_positive]
    negative = [score for is_positive, score in found if not is_positive]
    auc = metrics.binary_auc(
        np.array([is_positive for is_positive, _ in found]),
        np.array([score for _, score in found], float),
    )
    if not positive or not negative:
        assert auc is None
        return
    wins = [(a > b) + (a == b) / 2 for a in positive for b in negative]
    assert auc == pytest.approx(sum(wins) / len(wins))


def test_scores_that_are_all_equal_rank_like_a_coin() -> None:
    labels = np.array([0, 1, 1, 0, 1])
    assert metrics.auc(labels, np.full((5, 2), 0.5)) == 0.5


def test_a_class_that_the_test_set_lacks_has_no_recall_and_the_ranking_no_figure() -> None:
    labels, p = example(60, 2)
    three = np.column_stack([p * 0.98, np.full(60, 0.02)])
    found = metrics.classification(labels, three, names(3), n_resamples=50)
    absent = found.per_class[2]
    assert (absent.n, absent.precision, absent.recall, absent.f1) == (0, 0.0, None, None)
    assert found.auc == metrics.Estimate(value=None, low=None, high=None)
    assert found.roc[2] is None
    assert found.macro_f1 == pytest.approx(sk.f1_score(labels, p.argmax(axis=1), average="macro"))
    assert found.accuracy.low is not None


def test_a_test_set_of_one_class_is_scored_as_far_as_it_goes() -> None:
    found = metrics.classification([1, 1, 1], np.array([[0.2, 0.8]] * 3), names(2))
    assert found.accuracy.value == 1.0
    assert found.auc.value is None
    assert found.roc == (None, None)


def test_a_test_set_without_a_mistake_leaves_room_for_one() -> None:
    """Every resample of it is perfect, which is not to say that the classifier is."""
    labels = np.arange(60) % 2
    scores = np.eye(2)[labels] * 0.8 + 0.1
    found = metrics.classification(labels, scores, names(2))
    # The "rule of three": without a mistake in n, up to about 3 / n is likely; two-sided 3.7.
    assert found.accuracy.low == pytest.approx(0.025 ** (1 / 60))
    assert found.accuracy.high == 1.0
    for figure in (found.f1, found.auc):
        assert figure == metrics.Estimate(value=1.0, low=None, high=None)


def test_the_interval_of_accuracy_is_the_binomial_one() -> None:
    labels, p = example(2_000, 2)
    found = metrics.classification(labels, p, names(2)).accuracy
    assert found.value is not None
    half = 1.96 * math.sqrt(found.value * (1 - found.value) / 2_000)
    assert found.low == pytest.approx(found.value - half, abs=0.003)
    assert found.high == pytest.approx(found.value + half, abs=0.003)


def test_the_interval_of_auc_is_hanley_and_mcneils() -> None:
    """Hanley and McNeil 1982, The meaning and use of the area under a ROC curve, equation 2."""
    labels, p = example(2_000, 2, decimals=9)
    found = metrics.classification(labels, p, names(2)).auc
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    a, n1 = found.value, int(labels.sum())
    n0 = len(labels) - n1
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    error = math.sqrt((a * (1 - a) + (n1 - 1) * (q1 - a * a) + (n0 - 1) * (q2 - a * a)) / (n0 * n1))
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(error, rel=0.1)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_each_resample_has_scikit_learns_figures(n_classes: int) -> None:
    labels, p = example(50, n_classes)
    drawn = bootstrap.resample(labels, p, n_resamples=6, seed=5)
    picks = np.random.default_rng(5).integers(50, size=(6, 50))
    average = "binary" if n_classes == 2 else "macro"
    for i, pick in enumerate(picks):
        truth, called = labels[pick], p[pick].argmax(axis=1)
        score = p[pick][:, 1] if n_classes == 2 else p[pick]
        assert drawn.accuracy[i] == pytest.approx(sk.accuracy_score(truth, called))
        assert drawn.f1[i] == pytest.approx(sk.f1_score(truth, called, average=average))
        assert drawn.auc[i] == pytest.approx(
            sk.roc_auc_score(truth, score, multi_class="ovr"), rel=1e-5
        )


def test_a_seed_is_an_interval_and_a_larger_test_set_a_narrower_one() -> None:
    small, large = example(100, 3), example(1_600, 3)
    once = metrics.classification(*small, names(3), seed=4).f1
    assert once == metrics.classification(*small, names(3), seed=4).f1
    assert once != metrics.classification(*small, names(3), seed=5).f1
    wide = metrics.classification(*large, names(3)).f1
    assert once.low is not None
    assert once.high is not None
    assert wide.low is not None
    assert wide.high is not None
    assert once.high - once.low == pytest.approx(4 * (wide.high - wide.low), rel=0.35)


def test_calibration_error_of_guo_et_al_on_a_case_by_hand() -> None:
    """Four at 0.9, three of them right; two at 0.6, one right: (4 x 0.15 + 2 x 0.1) / 6."""
    p = np.array([[0.9, 0.1]] * 4 + [[0.4, 0.6]] * 2)
    labels = np.array([0, 0, 0, 1, 1, 0])
    assert metrics.calibration_error(labels, p) == pytest.approx(0.8 / 6)


def test_perplexity_of_a_fair_die_is_its_faces_and_a_huge_loss_is_infinite() -> None:
    assert metrics.perplexity(math.log(6)) == pytest.approx(6)
    assert metrics.perplexity(5_000) == math.inf


def test_bits_per_character_do_not_depend_on_the_tokenizer() -> None:
    """Two characters per token, each token as surprising as its two characters."""
    characters = metrics.bits_per_character(1.5, n_tokens=1_000, n_characters=1_000)
    pairs = metrics.bits_per_character(3.0, n_tokens=500, n_characters=1_000)
    assert characters == pytest.approx(pairs) == pytest.approx(1.5 / math.log(2))


def test_the_record_has_every_figure_with_its_interval() -> None:
    labels, p = example(40, 3)
    record = metrics.classification(labels, p, names(3), n_resamples=20).as_json()
    interval = record["intervals"]["accuracy"]
    assert interval["low"] <= record["accuracy"] <= interval["high"]
    assert sum(map(sum, record["confusion"])) == record["n"] == 40
    assert [each["name"] for each in record["per_class"]] == ["a", "b", "c"]
    assert len(record["roc"]) == 3
