"""Baselines reach what was measured of them, and what simple cases demand."""

import math

import numpy as np
import pytest

from lab import alignment, metrics
from lab.baselines import labels, ngrams, phrases
from lab.corpora import pairs, pictures, reviews
from tests.lab.corpora.installed import needs


def auc_and_accuracy(found: labels.Classified, truth: np.ndarray) -> tuple[float, float]:
    auc = metrics.auc(truth, found.probabilities)
    assert auc is not None
    return auc, float((found.probabilities.argmax(axis=1) == truth).mean())


@needs("reviews")
def test_tfidf_reaches_its_figures_on_the_clean_reviews() -> None:
    """0.865 and 0.931 were measured on another split of the same 2,604; doubt of 0.013."""
    found = reviews.load()
    split = found.split()
    scored = labels.tfidf(
        [found.texts[i] for i in split.train],
        found.labels[split.train],
        [found.texts[i] for i in split.test],
        n_classes=2,
    )
    score = metrics.classification(found.labels[split.test], scored.probabilities, found.classes)
    assert score.accuracy.value == pytest.approx(0.865, abs=0.013)
    assert score.accuracy.high is not None
    assert score.accuracy.high >= 0.865
    assert score.auc.value is not None
    assert score.auc.value >= 0.931
    assert score.calibration_error < 0.1


def test_the_most_common_class_ranks_nothing() -> None:
    train = np.array([0, 1, 1, 2, 1])
    found = labels.majority(train, 4, n_classes=4)
    assert found.probabilities.tolist() == [[0.2, 0.6, 0.2, 0.0]] * 4
    assert metrics.binary_auc(np.array([1, 0, 1, 0]) == 1, found.probabilities[:, 1]) == 0.5


def test_baselines_on_the_digits_reach_their_figures() -> None:
    """Logistic regression 0.95 or so, nearest centroid 0.9 (published for this set)."""
    found = pictures.digits()
    split = found.split(test_share=0.25)
    parts = (found.images[split.train], found.labels[split.train], found.images[split.test])
    truth = found.labels[split.test]
    auc, accuracy = auc_and_accuracy(labels.pixels(*parts, n_classes=10), truth)
    assert accuracy >= 0.93
    assert auc >= 0.99
    auc, accuracy = auc_and_accuracy(labels.nearest_centroid(*parts, n_classes=10), truth)
    assert accuracy >= 0.86
    assert auc >= 0.97


@pytest.mark.parametrize("method", [labels.pixels, labels.nearest_centroid])
def test_a_class_that_training_lacks_gets_no_probability(method: object) -> None:
    assert callable(method)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (40, 1, 4, 4), dtype=np.uint8)
    found = method(images, np.arange(40) % 2 * 2, images[:7], n_classes=4)
    assert found.probabilities.shape == (7, 4)
    assert found.probabilities[:, [1, 3]].sum() == 0
    assert found.probabilities.sum(axis=1) == pytest.approx(np.ones(7))


def test_few_short_texts_are_enough_for_tfidf() -> None:
    train = ["good", "very good", "bad", "too bad"]
    found = labels.tfidf(train, np.array([1, 1, 0, 0]), ["good!", "bad?"], n_classes=2)
    assert found.probabilities.argmax(axis=1).tolist() == [1, 0]


# --- n-grams ------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_probabilities_of_all_next_tokens_sum_to_one(order: int) -> None:
    rng = np.random.default_rng(0)
    train = rng.choice(7, size=300, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.05, 0.0])
    for context in ((0, 0), (6, 6), (1, 6), (5, 4)):
        total = 0.0
        for token in range(7):
            # The surprise of the token alone: of the run with it, less of the run without.
            with_it = ngrams.ngram(train, np.array([*context, token]), n_types=7, order=order)
            without = ngrams.ngram(train, np.array(context), n_types=7, order=order)
            total += 2 ** -(3 * with_it.bits_per_token - 2 * without.bits_per_token)
        assert total == pytest.approx(1)


def test_unigrams_of_a_fair_coin_cost_one_bit() -> None:
    tokens = np.tile([0, 1], 5_000)
    assert ngrams.ngram(tokens, tokens, n_types=2, order=1).bits_per_token == pytest.approx(
        1, abs=1e-3
    )


def test_a_bigram_model_knows_what_always_follows() -> None:
    tokens = np.tile([0, 1, 2], 2_000)
    assert ngrams.ngram(tokens, tokens, n_types=3).bits_per_token < 0.01


def test_a_kneser_ney_bigram_by_hand() -> None:
    """After a b a c the bigrams ab, ba, ac stand once each, so the discount is 1.

    All their mass goes to the unigrams, which count distinct predecessors (one each); their
    discount is 1 too and leaves a third to every token.
    """
    train = np.array([0, 1, 0, 2])
    found = ngrams.ngram(train, np.array([0, 1]), n_types=3, order=2)
    assert found.bits_per_token == pytest.approx(math.log2(3))


def test_longer_contexts_predict_english_better(text: str) -> None:
    kinds = sorted(set(text))
    tokens = np.array([kinds.index(c) for c in text])
    cut = len(tokens) * 9 // 10
    bits = [
        ngrams.ngram(tokens[:cut], tokens[cut:], n_types=len(kinds), order=order).bits_per_token
        for order in (1, 2, 3, 4)
    ]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] == pytest.approx(4.7, abs=0.5), "letters of English alone"
    assert ngrams.ngram(tokens[:cut], tokens[cut:], n_types=len(kinds)).loss_nats == pytest.approx(
        bits[1] * math.log(2)
    )


@pytest.fixture(scope="module")
def text() -> str:
    from lab.corpora.text import python_help

    return python_help().text


def test_a_token_never_seen_is_improbable_not_impossible() -> None:
    train = np.array([0, 1] * 50)
    found = ngrams.ngram(train, np.array([2, 3]), n_types=4)
    assert 1 < found.bits_per_token < 20


# --- translation --------------------------------------------------------------------------

COLOURS = {"red": "红", "blue": "蓝", "green": "绿", "black": "黑", "white": "白"}
THINGS = {"cat": "猫", "horse": "马", "house": "房子", "boat": "船", "apple": "苹果"}


def phrase(colour: str, thing: str) -> tuple[str, str]:
    return f"{colour} {thing}", f"{COLOURS[colour]}色{THINGS[thing]}"


def test_a_combination_never_seen_is_put_together_from_its_parts() -> None:
    held_out = [("red", "boat"), ("green", "cat"), ("white", "apple")]
    seen = [phrase(c, t) for c in COLOURS for t in THINGS if (c, t) not in held_out]
    asked = [phrase(c, t) for c, t in held_out]
    found = phrases.phrase_table(
        [source for source, _ in seen],
        [target for _, target in seen],
        [source for source, _ in asked],
    )
    assert list(found.outputs) == [target for _, target in asked]


def test_words_that_change_places_are_aligned_to_each_other() -> None:
    """English says "car of Anna"; this target says it the other way about."""
    owners = {"anna": "安", "bert": "贝", "cleo": "克"}
    things = {"car": "车", "dog": "狗", "hat": "帽"}
    sources = [(t, "of", o) for o in owners for t in things]
    targets = [(owners[o], "的", things[t]) for o in owners for t in things]
    for links in alignment.align(sources, targets):
        assert {(0, 2), (2, 0)} <= links


def test_unknown_names_are_copied_and_unknown_words_left_out() -> None:
    seen = [phrase(c, t) for c in COLOURS for t in THINGS]
    found = phrases.phrase_table(
        [source for source, _ in seen],
        [target for _, target in seen],
        ["red Zanzibar", "blue 42", "black quux", "", "quux"],
    )
    assert "Zanzibar" in found.outputs[0]
    assert "42" in found.outputs[1]
    assert found.outputs[2].startswith("黑")
    assert "quux" not in "".join(found.outputs)
    assert found.outputs[3] == found.outputs[4] == ""


def test_very_long_pairs_and_one_pair_are_no_trouble() -> None:
    long = " ".join(f"word{i}" for i in range(300))
    found = phrases.phrase_table([long, "cat"], ["字" * 400, "猫"], ["cat", "cat"])
    assert found.outputs == ("猫", "猫")


@needs("emoji")
def test_the_phrase_table_reaches_its_figure_on_the_emoji_names() -> None:
    """Character BLEU 50 on the split by base name: skin tones and known words, few new ones."""
    import sacrebleu

    found = pairs.load()
    split = found.split()
    translated = phrases.phrase_table(
        [found.sources[i] for i in split.train],
        [found.targets[i] for i in split.train],
        [found.sources[i] for i in split.test],
    )
    expected = [found.targets[i] for i in split.test]
    score = sacrebleu.corpus_bleu(list(translated.outputs), [expected], tokenize="char").score
    assert score >= 46
