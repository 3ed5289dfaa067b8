"""What pydantic refuses in a deal file, as one sentence with the field's path."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from costmodel.messages import InputError, figure, shown
from dashboard.architecture import unknown_key

#: pydantic adds the tried branch of a union to the path; a reader has no use for it.
_BRANCHES: Final = frozenset({"float", "str", "int", "bool", "constrained-str"})
_BOUNDS: Final = frozenset({"greater_than_equal", "less_than_equal"})


def first_error(error: ValidationError, kind: type[BaseModel], loaded: object) -> InputError:
    """pydantic's first complaint about ``loaded`` as a ``kind``, with path and remedy; an
    unknown key before all else, for what is missing is often what it was meant to be.
    """
    errors = error.errors(include_url=False)
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    path = ".".join(str(part) for part in _as_written(first["loc"], loaded))
    if first["type"] == "extra_forbidden":
        return unknown_key(path, str(first["loc"][-1]), _known_keys(kind, first["loc"]))
    if first["type"] == "missing":
        return InputError(path, "the field is missing; add it")
    found = shown(first.get("input"))
    if first["loc"][0] == "answers" and first["loc"][-1] == "level":
        return InputError(path, "{value} is not a level; write 0, 1, 2, 3 or 4", value=found)
    if first["type"] in ("finite_number", "float_type", "float_parsing"):
        return InputError(path, "{text} is not a number", text=found)
    if first["type"].startswith("int_"):
        return InputError(path, "{value} is not a whole number", value=found)
    if first["type"] in _BOUNDS:
        return _out_of_bounds(path, first.get("input"), first.get("ctx", {}))
    if first["type"] == "literal_error":
        return InputError(
            path,
            "{value} is not known here; write one of {known}",
            value=found,
            known=str(first["ctx"]["expected"]).replace("'", "").replace(" or ", ", "),
        )
    return InputError(
        path, "{value} cannot stand here; see the deal-file page for what can", value=found
    )


def _out_of_bounds(path: str, given: Any, bounds: dict[str, Any]) -> InputError:
    value = figure(given) if isinstance(given, int | float) else shown(given)
    if "ge" in bounds and bounds["ge"] == 0:
        return InputError(path, "{value} is less than zero; write zero or more", value=value)
    if bounds.get("le") == 1:
        return InputError(
            path, "{value} is not a share; write one from 0 to 1, 45 % as 0.45", value=value
        )
    return InputError(path, "{value} is out of all proportion", value=value)


def _as_written(loc: tuple[int | str, ...], loaded: object) -> list[int | str]:
    """The path as far as it stands in the file: a bare value has nothing below it."""
    path: list[int | str] = []
    for part in loc:
        if _is_union_label(part):
            continue
        if not isinstance(loaded, Mapping | list):
            break
        path.append(part)
        if isinstance(loaded, Mapping):
            loaded = loaded.get(part)
        else:
            loaded = loaded[part] if isinstance(part, int) else None
    return path


def _is_union_label(part: int | str) -> bool:
    return isinstance(part, str) and (part in _BRANCHES or "[" in part)


def _known_keys(kind: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    for part in loc[:-1]:
        if isinstance(part, int) or part not in kind.model_fields:
            continue
        inner = _model_in(kind.model_fields[part].annotation)
        if inner is None:
            break
        kind = inner
    return list(kind.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model that a field holds, as it is or in a list, a mapping or an option."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)
