"""Nothing stands on both sides of a split, and copies are counted and taken out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.messages import InputError
from lab.corpora.cleaning import deduplicated, leak_of_random_split
from lab.corpora.split import grouped, joined, shared

examples = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), min_size=1, max_size=80)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60), st.integers(0, 5))
def test_a_split_holds_every_example_once_and_shares_no_group(groups: list[int], seed: int) -> None:
    if len(set(groups)) < 2:
        with pytest.raises(InputError, match="both sides"):
            grouped(groups, seed=seed)
        return
    split = grouped(groups, seed=seed)
    assert sorted([*split.train, *split.test]) == list(range(len(groups)))
    assert len(split.train) > 0
    assert len(split.test) > 0
    assert not shared(split, groups)


def test_shared_finds_a_planted_leak() -> None:
    groups = ["a", "b", "c", "a"] * 5
    split = grouped(list(range(20)), test_share=0.3)
    assert shared(split, groups) == {"a", "b", "c"} & {groups[i] for i in split.test}


@given(st.integers(20, 400), st.integers(20, 400), st.sampled_from([0.1, 0.15, 0.5]))
def test_each_label_is_held_out_in_its_share(n_no: int, n_yes: int, share: float) -> None:
    labels = np.array([0] * n_no + [1] * n_yes)
    split = grouped(list(range(len(labels))), labels=labels, test_share=share)
    for label, n in ((0, n_no), (1, n_yes)):
        assert (labels[split.test] == label).sum() == pytest.approx(share * n, abs=1)


def test_the_first_of_what_is_held_out_is_a_fair_sample_of_a_sorted_file() -> None:
    labels = np.repeat([0, 1], 2000)
    first = labels[grouped(range(len(labels)), labels=labels).test[:200]]
    assert first.mean() == pytest.approx(0.5, abs=0.15)  # four standard errors


def test_a_label_with_one_group_is_trained_on() -> None:
    split = grouped(["a", "b", "c", "d", "rare"], labels=np.array([0, 0, 0, 0, 1]))
    assert 4 in split.train


def test_a_seed_is_a_split() -> None:
    same, again, other = (grouped(list(range(100)), seed=seed) for seed in (1, 1, 2))
    assert same.test.tolist() == again.test.tolist() != other.test.tolist()


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_a_share_that_holds_out_all_or_nothing_is_refused(share: float) -> None:
    with pytest.raises(InputError):
        grouped(list(range(10)), test_share=share)


def test_examples_that_agree_in_one_key_or_the_other_are_joined() -> None:
    group = joined(["a", "a", "b", "c"], ["x", "y", "y", "z"])
    assert group[0] == group[1] == group[2] != group[3]


@given(examples)
def test_after_cleaning_every_content_stands_once_and_in_one_class(
    found: list[tuple[int, int]],
) -> None:
    contents, labels = [c for c, _ in found], [label for _, label in found]
    kept, copies = deduplicated(contents, labels)
    left = [contents[i] for i in kept]
    assert len(left) == len(set(left)) == copies.n_clean
    classes = {c: {label for d, label in found if d == c} for c in contents}
    assert set(left) == {c for c, labels_of in classes.items() if len(labels_of) == 1}
    assert copies.n_contradictory == sum(len(labels_of) > 1 for labels_of in classes.values())
    assert copies.n_raw - copies.n_copies == sum(map(len, classes.values()))


@given(examples)
def test_cleaning_twice_changes_nothing(found: list[tuple[int, int]]) -> None:
    kept, _ = deduplicated(*zip(*found, strict=True))
    again, copies = deduplicated([found[i][0] for i in kept], [found[i][1] for i in kept])
    assert again == list(range(len(kept)))
    assert copies.message is None


def test_distinct_examples_leak_nothing() -> None:
    assert leak_of_random_split(list(range(1_000))).leaked_share == 0


def test_examples_that_all_stand_twice_leak_the_share_that_is_trained_on() -> None:
    """The other copy of a test example is in training with chance ``1 - test_share``."""
    leak = leak_of_random_split([*range(5_000), *range(5_000)], test_share=0.2)
    assert leak.leaked_share == pytest.approx(0.8, abs=0.02)
    assert (leak.n_raw, leak.n_distinct) == (10_000, 5_000)
