"""An architecture as plain fields of a deal file, and back."""

import difflib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from costmodel.messages import InputError, shown
from costmodel.workload.model_spec import Experts, LatentAttention, ModelSpec


def spec_fields(spec: ModelSpec) -> dict[str, Any]:
    """An architecture as plain fields, defaults and notes left out."""
    plain: dict[str, Any] = {}
    for field in fields(ModelSpec):
        value = getattr(spec, field.name)
        if field.name in ("name", "notes") or value == field.default:
            continue
        if isinstance(value, LatentAttention | Experts):
            value = {f.name: getattr(value, f.name) for f in fields(value)}
        plain[field.name] = value
    return plain


def from_fields(given: Mapping[str, Any], *, name: str) -> ModelSpec:
    """The architecture written out as fields. Raises ``InputError`` with the field's path."""
    known = {f.name: f for f in fields(ModelSpec) if f.name not in ("name", "notes")}
    values: dict[str, Any] = {}
    for key, value in given.items():
        path = f"plan.model.{key}"
        if key not in known:
            raise unknown_key(path, key, [*known, "hf_config", "params", "active_params"])
        if key in ("latent", "experts"):
            kind = LatentAttention if key == "latent" else Experts
            values[key] = _part(kind, value, path)
        else:
            values[key] = _typed(known[key].type, value, path)
    for key, field in known.items():
        if key not in values and field.default is MISSING:
            raise InputError(
                f"plan.model.{key}", "the field is missing; the model's own config.json has it"
            )
    try:
        return ModelSpec(name=name, **values)
    except InputError as error:
        raise InputError(
            f"plan.model.{error.field}", error.message.text, **error.message.params
        ) from None


def unknown_key(path: str, key: str, known: list[str]) -> InputError:
    """The refusal of a key that is not known here, with the nearest that are."""
    near = difflib.get_close_matches(key, known, n=3, cutoff=0.4)
    return InputError(
        path,
        "{key} is not a field here; near it: {near}",
        key=key[:60],
        near=", ".join(near or known[:6]),
    )


def _part(kind: type[Any], value: object, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise InputError(path, "this needs fields of its own; see the deal-file page")
    known = {f.name: f for f in fields(kind)}
    for key in value:
        if key not in known:
            raise unknown_key(f"{path}.{key}", str(key), list(known))
    for key, field in known.items():
        if key not in value and field.default is MISSING:
            raise InputError(
                f"{path}.{key}", "the field is missing; the model's own config.json has it"
            )
    return kind(**{k: _typed(known[k].type, v, f"{path}.{k}") for k, v in value.items()})


def _typed(annotation: object, value: object, path: str) -> Any:
    """``value`` when it is of the field's kind: whole number, flag or word."""
    if annotation in (int, int | None):
        if value is None and annotation == int | None:
            return None
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole:
            raise InputError(path, "{value} is not a whole number", value=shown(value))
        return int(value)  # type: ignore[call-overload]  # mypy loses the check above
    if annotation is bool:
        if not isinstance(value, bool):
            raise InputError(path, "{value} is neither true nor false", value=shown(value))
        return value
    choices = getattr(annotation, "__args__", ())
    if value not in choices:
        raise InputError(
            path,
            "{value} is not known here; write one of {known}",
            value=shown(value),
            known=", ".join(map(str, choices)),
        )
    return value
