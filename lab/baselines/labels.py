"""Simple classifiers of texts and pictures, each giving a probability per class."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import Message

#: More training examples than this are sampled down: a baseline takes seconds.
MOST_PICTURES: Final = 10_000
_MOST_ITERATIONS: Final = 60

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """``(example, class)`` probabilities on the test examples, and the method's name."""

    name: Message
    probabilities: NDArray[np.float64]


def majority(labels: Labels, n_test: int, *, n_classes: int) -> Classified:
    """Every example gets the shares of the classes in training, so the commonest wins."""
    share = np.bincount(labels, minlength=n_classes) / len(labels)
    return Classified(
        name=Message("the most common class"), probabilities=np.tile(share, (n_test, 1))
    )


def tfidf(
    train: Sequence[str], labels: Labels, test: Sequence[str], *, n_classes: int
) -> Classified:
    """Logistic regression on the TF-IDF weights of runs of one to three characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    # A run that stands in one text alone teaches nothing, save where there are few texts.
    vectorizer = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, 3),
        min_df=2 if len(train) > 1_000 else 1,
        sublinear_tf=True,
        dtype=np.float32,
    )
    with _unconverged_is_fine():
        model = LogisticRegression(C=4.0, max_iter=200).fit(vectorizer.fit_transform(train), labels)
    return Classified(
        name=Message("logistic regression on TF-IDF of 1 to 3 characters"),
        probabilities=_by_class(model, model.predict_proba(vectorizer.transform(test)), n_classes),
    )


def pixels(
    train: NDArray[np.uint8],
    labels: Labels,
    test: NDArray[np.uint8],
    *,
    n_classes: int,
    seed: int = 0,
) -> Classified:
    """Logistic regression on the shades of the pixels, of at most 10,000 pictures."""
    from sklearn.linear_model import LogisticRegression

    if len(train) > MOST_PICTURES:
        chosen = np.random.default_rng(seed).permutation(len(train))[:MOST_PICTURES]
        train, labels = train[chosen], labels[chosen]
    with _unconverged_is_fine():
        model = LogisticRegression(C=1.0, max_iter=_MOST_ITERATIONS).fit(_flat(train), labels)
    return Classified(
        name=Message("logistic regression on the pixels"),
        probabilities=_by_class(model, model.predict_proba(_flat(test)), n_classes),
    )


def nearest_centroid(
    train: NDArray[np.uint8], labels: Labels, test: NDArray[np.uint8], *, n_classes: int
) -> Classified:
    """The class whose mean picture is nearest, as a Gaussian of one width for all.

    A class without training pictures has probability 0.
    """
    pictures, asked = _flat(train), _flat(test)
    present = np.unique(labels)
    centres = np.stack([pictures[labels == c].mean(axis=0) for c in present])
    own = centres[np.searchsorted(present, labels)]
    variance = max(float(((pictures - own) ** 2).mean()), 1e-9)
    # The squares of the asked pictures are the same for every class and cancel.
    distance = ((centres**2).sum(axis=1) - 2 * asked @ centres.T) / asked.shape[1]
    logit = -distance / (2 * variance)
    share = np.exp(logit - logit.max(axis=1, keepdims=True))
    probabilities = np.zeros((len(asked), n_classes))
    probabilities[:, present] = share / share.sum(axis=1, keepdims=True)
    return Classified(name=Message("the nearest mean picture"), probabilities=probabilities)


def _flat(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    flat: NDArray[np.float32] = pictures.reshape(len(pictures), -1).astype(np.float32)
    flat /= 255
    return flat


def _by_class(model: Any, probabilities: Any, n_classes: int) -> NDArray[np.float64]:
    """A column for every class, those that training lacks included."""
    full = np.zeros((len(probabilities), n_classes))
    full[:, model.classes_] = probabilities
    return full


@contextmanager
def _unconverged_is_fine() -> Iterator[None]:
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
