"""What differs between two states, and how two people's changes go together."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import deal as deals
from dashboard.store.changes import changes, clashes, merged
from dashboard.store.records import state_of

BASE: dict[str, Any] = {
    "assay": 1,
    "name": "A",
    "plan": {"tokens": 1e12, "cluster": {"chip": "H100", "n_accelerators": 8}},
    "claims": [{"id": "cost", "quantity": "usd", "value": 1.0}],
    "answers": {"TEC-01": {"level": 1, "status": "claimed"}},
    "finance": {"cash_usd": {"value": 1e6}},
}


def test_a_change_is_what_a_person_entered_at_once() -> None:
    after = {
        **BASE,
        "plan": {"tokens": 1e12, "cluster": {"chip": "H800", "n_accelerators": 8}},
        "claims": [{"id": "cost", "quantity": "usd", "value": 2.0}],
        "answers": {"TEC-01": {"level": 2, "status": "documented"}},
        "finance": {},
    }
    assert [(c.path, c.before, c.after) for c in changes(BASE, after)] == [
        (("plan", "cluster", "chip"), "H100", "H800"),
        (("claims", "cost"), BASE["claims"][0], after["claims"][0]),
        (("answers", "TEC-01"), BASE["answers"]["TEC-01"], after["answers"]["TEC-01"]),
        (("finance", "cash_usd"), {"value": 1e6}, None),
    ]


def test_changes_of_different_entries_go_together() -> None:
    mine = {**BASE, "name": "Mine"}
    theirs = {**BASE, "answers": {**BASE["answers"], "TEC-02": {"level": 3}}}
    assert clashes(BASE, theirs, mine) == []
    assert merged(BASE, theirs, mine) == {**theirs, "name": "Mine"}


def test_of_a_clash_one_side_is_chosen_and_the_rest_stays() -> None:
    mine = {**BASE, "name": "Mine", "company": {"country": "CN"}}
    theirs = {**BASE, "name": "Theirs", "company": {"stage": "seed"}}
    (clash,) = clashes(BASE, theirs, mine)
    assert (clash.path, clash.base, clash.theirs, clash.mine) == (("name",), "A", "Theirs", "Mine")
    both = {"country": "CN", "stage": "seed"}
    assert merged(BASE, theirs, mine) == {**BASE, "name": "Mine", "company": both}
    assert merged(BASE, theirs, mine, keep_mine=False) == {
        **BASE,
        "name": "Theirs",
        "company": both,
    }
    assert merged(BASE, theirs, mine, keep_mine=[("name",)])["name"] == "Mine"


def test_what_one_takes_away_and_the_other_edits_is_a_clash() -> None:
    mine = {**BASE, "claims": []}
    theirs = {**BASE, "claims": [{**BASE["claims"][0], "value": 5.0}]}
    (clash,) = clashes(BASE, theirs, mine)
    assert clash.mine is None
    assert merged(BASE, theirs, mine).get("claims", []) == []
    assert merged(BASE, theirs, mine, keep_mine=False)["claims"] == theirs["claims"]


_NAMES = st.sampled_from(["a", "b", "c"])
_VALUES = st.one_of(st.integers(0, 3), st.text(max_size=2))
_STATES = st.fixed_dictionaries(
    {"assay": st.just(1)},
    optional={
        "name": _VALUES,
        "finance": st.dictionaries(_NAMES, _VALUES, min_size=1),
        "answers": st.dictionaries(_NAMES, st.fixed_dictionaries({"level": _VALUES}), min_size=1),
        "claims": st.lists(
            st.fixed_dictionaries({"id": _NAMES, "value": _VALUES}),
            min_size=1,
            unique_by=lambda claim: claim["id"],
        ),
        "plan": st.fixed_dictionaries(
            {"cluster": st.dictionaries(_NAMES, _VALUES, min_size=1)}, optional={"tokens": _VALUES}
        ),
    },
)


def entries(state: dict[str, Any]) -> dict[tuple[str, ...], Any]:
    return {change.path: change.after for change in changes({}, state)}


@given(_STATES, _STATES, _STATES)
def test_a_merge_loses_no_change_of_either(
    base: dict[str, Any], theirs: dict[str, Any], mine: dict[str, Any]
) -> None:
    both = entries(merged(base, theirs, mine))
    for change in changes(base, mine):
        assert both.get(change.path) == change.after
    contested = {change.path for change in changes(base, mine)}
    for change in changes(base, theirs):
        if change.path not in contested:
            assert both.get(change.path) == change.after
    chosen = {clash.path for clash in clashes(base, theirs, mine)}
    theirs_kept = entries(merged(base, theirs, mine, keep_mine=False))
    for path in chosen:
        assert theirs_kept.get(path) == entries(theirs).get(path)


@given(_STATES, _STATES)
def test_no_change_of_mine_gives_theirs(base: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert entries(merged(base, theirs, base)) == entries(theirs)
    assert changes(base, base) == []


@pytest.mark.parametrize("deal_id", deals.samples())
def test_a_real_deal_is_taken_apart_and_put_together(deal_id: str) -> None:
    state = state_of(deals.sample(deal_id))
    again = merged({"assay": 1}, {"assay": 1}, state)
    assert deals.from_mapping(again) == deals.sample(deal_id)
