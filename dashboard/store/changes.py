"""What differs between two states of a deal, and how two people's changes go together.

A state is the deal as plain JSON. The unit of change is what a person enters at once: an
answer with its status and evidence, a stated figure with its source, a claim.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

State: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str, ...]

#: Parts that are lists of things with a name, and what names them.
_NAMED_BY: Final = {"claims": "id", "lab_runs": "run_id", "lab_jobs": "job_id", "scenarios": "name"}
#: Parts whose entries have entries that are entered one by one.
_DEEPER: Final = frozenset({("plan", "cluster"), ("plan", "assumptions")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry that differs; ``None`` is an entry that is not there."""

    path: Path
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """An entry that two people changed, each in another way."""

    path: Path
    base: Any
    theirs: Any
    mine: Any


def changes(before: State, after: State) -> list[Change]:
    """Every entry that differs, in the order of the deal file."""
    old, new = _entries(before), _entries(after)
    return [
        Change(path=path, before=old.get(path), after=new.get(path))
        for path in dict.fromkeys((*old, *new))
        if old.get(path) != new.get(path)
    ]


def clashes(base: State, theirs: State, mine: State) -> list[Clash]:
    """Entries that both have changed since ``base``, and not to the same."""
    first, second, third = _entries(base), _entries(theirs), _entries(mine)
    return [
        Clash(path=path, base=first.get(path), theirs=second.get(path), mine=third.get(path))
        for path in dict.fromkeys((*first, *second, *third))
        if first.get(path) != second.get(path)
        and first.get(path) != third.get(path)
        and second.get(path) != third.get(path)
    ]


def merged(
    base: State, theirs: State, mine: State, *, keep_mine: bool | Sequence[Path] = True
) -> dict[str, Any]:
    """Their state with my changes since ``base``; of a clash mine (all, or those named)."""
    entries = dict(_entries(theirs))
    clashing = {clash.path for clash in clashes(base, theirs, mine)}
    for change in changes(base, mine):
        if change.path in clashing and not (
            keep_mine if isinstance(keep_mine, bool) else change.path in keep_mine
        ):
            continue
        if change.after is None:
            entries.pop(change.path, None)
        else:
            entries[change.path] = change.after
    return _state(entries)


def _entries(state: State) -> dict[Path, Any]:
    """The entries of a state by path; a part that is there and empty has none."""
    found: dict[Path, Any] = {}
    for part, value in state.items():
        if part in _NAMED_BY and _is_named(value, _NAMED_BY[part]):
            for one in value:
                found[part, one[_NAMED_BY[part]]] = one
        elif isinstance(value, Mapping) and part != "about":
            for name, inner in value.items():
                if (part, name) in _DEEPER and isinstance(inner, Mapping):
                    found |= {(part, name, key): leaf for key, leaf in inner.items()}
                else:
                    found[part, name] = inner
        else:
            found[part,] = value
    return found


def _is_named(value: Any, key: str) -> bool:
    """Whether every thing of a list has a name of its own."""
    if not isinstance(value, list):
        return False
    names = [one.get(key) for one in value if isinstance(one, Mapping)]
    return len(set(names)) == len(value) and all(isinstance(name, str) for name in names)


def _state(entries: Mapping[Path, Any]) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for path, value in entries.items():
        if len(path) == 1:
            state[path[0]] = value
        elif path[0] in _NAMED_BY:
            state.setdefault(path[0], []).append(value)
        elif len(path) == 2:
            state.setdefault(path[0], {})[path[1]] = value
        else:
            state.setdefault(path[0], {}).setdefault(path[1], {})[path[2]] = value
    return state
