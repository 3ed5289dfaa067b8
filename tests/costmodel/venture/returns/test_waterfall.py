"""The waterfall: nothing is lost, nobody regrets, and the kink is where it is said to be."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.venture.inputs import Seniority
from costmodel.venture.returns.waterfall import ShareClass, kink_usd, waterfall

CLASSES = st.lists(
    st.builds(
        lambda share, preference, participating: ShareClass(
            name="x", share=share, preference_usd=preference, participating=participating
        ),
        st.floats(0.01, 0.24),
        st.floats(0, 100),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


def by_hand(
    exit_usd: float, classes: list[ShareClass], converts: tuple[bool, ...], seniority: Seniority
) -> list[float]:
    """What each class gets when those that convert are given."""
    left, paid = exit_usd, [0.0] * len(classes)
    asked = [
        0.0 if c else float(np.asarray(one.preference_usd))
        for one, c in zip(classes, converts, strict=True)
    ]
    if seniority == "equal":
        total = sum(asked)
        part = min(exit_usd / total, 1.0) if total > 0 else 0.0
        paid = [a * part for a in asked]
        left -= sum(paid)
    else:
        for i in reversed(range(len(classes))):
            paid[i] = min(asked[i], left)
            left -= paid[i]
    shares = [float(np.asarray(one.share)) for one in classes]
    common = 1 - sum(shares)
    inside = [c or one.participating for one, c in zip(classes, converts, strict=True)]
    whole = common + sum(s for s, i in zip(shares, inside, strict=True) if i)
    return [
        p + (left * s / whole if i else 0.0) for p, s, i in zip(paid, shares, inside, strict=True)
    ]


@settings(max_examples=150)
@given(classes=CLASSES, exit_usd=st.floats(0, 600), equal=st.booleans())
def test_nobody_gains_by_deciding_otherwise(
    classes: list[ShareClass], exit_usd: float, equal: bool
) -> None:
    seniority: Seniority = "equal" if equal else "standard"
    paid = waterfall(exit_usd, classes, seniority=seniority)
    assert sum(paid) <= exit_usd * (1 + 1e-9) + 1e-9
    # It is the payout of some decision in which every class that may choose does its best.
    choices = [(False,) if c.participating else (False, True) for c in classes]
    for converts in product(*choices):
        found = by_hand(exit_usd, classes, converts, seniority)
        if found != pytest.approx(paid, rel=1e-6, abs=1e-6):
            continue
        stable = True
        for i, one in enumerate(classes):
            if one.participating:
                continue
            other = tuple(not c if j == i else c for j, c in enumerate(converts))
            stable &= by_hand(exit_usd, classes, other, seniority)[i] <= found[i] + 1e-6
        if stable:
            return
    raise AssertionError((paid, classes, exit_usd))


@given(share=st.floats(0.01, 0.9), preference=st.floats(1, 100), exit_usd=st.floats(0, 1000))
def test_one_class_takes_the_better_of_preference_and_share(
    share: float, preference: float, exit_usd: float
) -> None:
    own = ShareClass(name="own", share=share, preference_usd=preference)
    (paid,) = waterfall(exit_usd, [own], seniority="standard")
    assert paid == pytest.approx(max(min(preference, exit_usd), share * exit_usd))
    kink = kink_usd([own], "own")
    assert kink == pytest.approx(preference / share)


def test_participating_takes_both() -> None:
    own = ShareClass(name="own", share=0.25, preference_usd=10.0, participating=True)
    assert waterfall(50.0, [own], seniority="standard")[0] == pytest.approx(10 + 0.25 * 40)
    assert kink_usd([own], "own") is None


def test_the_newest_is_paid_first_or_all_share() -> None:
    old = ShareClass(name="old", share=0.2, preference_usd=10.0)
    new = ShareClass(name="new", share=0.2, preference_usd=30.0)
    assert waterfall(20.0, [old, new], seniority="standard") == (0.0, 20.0)
    assert waterfall(20.0, [old, new], seniority="equal") == (5.0, 15.0)


@settings(max_examples=60)
@given(classes=CLASSES)
def test_the_kink_is_where_converting_begins(classes: list[ShareClass]) -> None:
    named = [
        ShareClass(
            name=str(i),
            share=c.share,
            preference_usd=c.preference_usd,
            participating=c.participating,
        )
        for i, c in enumerate(classes)
    ]
    kink = kink_usd(named, "0")
    if kink is None or kink == 0:
        return
    own = named[0]
    below = waterfall(kink * 0.999, named, seniority="standard")[0]
    at = waterfall(kink, named, seniority="standard")[0]
    above = waterfall(kink * 1.01 + 1e-6, named, seniority="standard")[0]
    assert below <= own.preference_usd * (1 + 1e-9)
    assert at == pytest.approx(own.preference_usd, rel=1e-6)
    assert above > own.preference_usd


def test_draws_go_through_as_numbers_do() -> None:
    rng = np.random.default_rng(0)
    share, preference, exits = (
        rng.uniform(0.05, 0.3, 50),
        rng.uniform(5, 50, 50),
        rng.uniform(0, 200, 50),
    )
    both = [
        ShareClass(name="a", share=share, preference_usd=preference),
        ShareClass(name="b", share=0.2, preference_usd=20.0),
    ]
    drawn = waterfall(exits, both, seniority="standard")
    for i in range(50):
        one = [
            ShareClass(name="a", share=float(share[i]), preference_usd=float(preference[i])),
            both[1],
        ]
        alone = waterfall(float(exits[i]), one, seniority="standard")
        assert [float(np.asarray(d)[i]) for d in drawn] == pytest.approx(alone)
