"""Conditions of the question bank: parsed once, evaluated without ``eval``, never guessing.

An expression knows names, numbers, texts in quotes, ``p.<parameter>``, comparison, ``and``,
``or``, ``not``, ``+ - * /``, ``abs(...)`` and ``is None``. Anything else is refused when it is
parsed. A name without a value makes the result *cannot tell*, which is neither true nor false:
``false and unknown`` is false all the same, and ``true or unknown`` true.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from costmodel.messages import Message

Value: TypeAlias = float | bool | str

#: More letters than any condition of the bank has, and deeper than any is nested.
_LONGEST: Final = 500
_DEEPEST: Final = 20
#: No quantity is larger; an integer beyond it would not even fit a float.
_LARGEST: Final = 1e300

_COMPARE: Final[Mapping[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class ExpressionError(ValueError):
    """An expression that cannot be parsed; the text says what to write."""


class _ProblemError(Exception):
    """A computation that has no result, and the sentence for it."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an expression gives: a value, or ``None`` with the names that it lacks.

    ``problem`` says why it cannot be computed from the values that are there.
    """

    value: Value | None
    missing: tuple[str, ...] = ()
    problem: Message | None = None

    @property
    def fires(self) -> bool:
        """Whether the condition holds for sure."""
        return self.value is True


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A parsed expression: its text, the names it reads and the parameters it reads."""

    text: str
    names: frozenset[str]
    parameters: frozenset[str]
    _tree: ast.expr = field(repr=False, compare=False)

    def evaluate(
        self, values: Mapping[str, Value | None], parameters: Mapping[str, float]
    ) -> Outcome:
        """The value for these names; a name that is absent or ``None`` is not known."""
        missing: list[str] = []
        try:
            value = _value(self._tree, values, parameters, missing)
        except _ProblemError as problem:
            return Outcome(value=None, problem=problem.message)
        if value is None:
            return Outcome(value=None, missing=tuple(dict.fromkeys(missing)))
        return Outcome(value=value)


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """The expression in ``text``. Raises ``ExpressionError`` for what is not allowed."""
    if len(text) > _LONGEST:
        raise ExpressionError(f"the expression has more than {_LONGEST} letters; shorten it")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(
            f"{text!r} is not an expression; write for example level == 0"
        ) from None
    names: set[str] = set()
    parameters: set[str] = set()
    _check(tree, names, parameters, depth=0)
    return Expression(
        text=text.strip(),
        names=frozenset(names),
        parameters=frozenset(parameters),
        _tree=tree,
    )


def _check(node: ast.expr, names: set[str], parameters: set[str], *, depth: int) -> None:
    """Collect what the expression reads; refuse what is not on the list."""
    if depth > _DEEPEST:
        raise ExpressionError(f"the expression is nested deeper than {_DEEPEST}; simplify it")
    match node:
        case ast.Name(id=name):
            names.add(name)
        case ast.Attribute(value=ast.Name(id="p"), attr=parameter):
            parameters.add(parameter)
        case ast.Constant(value=bool() | str()):
            pass
        case ast.Constant(value=int() | float() as number) if abs(number) < _LARGEST:
            pass
        case _:
            for part in _parts(node):
                _check(part, names, parameters, depth=depth + 1)


def _parts(node: ast.expr) -> list[ast.expr]:
    """The operands of an allowed operation. Raises ``ExpressionError`` for another one."""
    match node:
        case ast.BoolOp(values=parts):
            return parts
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=part):
            return [part]
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _ARITHMETIC:
            return [left, right]
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(None)]):
            if isinstance(left, ast.Name):
                return [left]
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            type(op) in _COMPARE or isinstance(op, ast.Eq | ast.NotEq) for op in ops
        ):
            return [left, *others]
        case ast.Call(func=ast.Name(id="abs"), args=[part], keywords=[]):
            return [part]
    raise ExpressionError(
        f"{ast.unparse(node)!r} is not allowed; use names, numbers, p.<parameter>, comparison, "
        "and, or, not, + - * /, abs() and is None"
    )


def _value(
    node: ast.expr,
    values: Mapping[str, Value | None],
    parameters: Mapping[str, float],
    missing: list[str],
) -> Value | None:
    """The value of a checked node; ``None`` where it cannot be told, its names in ``missing``."""

    def inner(part: ast.expr) -> Value | None:
        return _value(part, values, parameters, missing)

    match node:
        case ast.Constant(value=bool() | str() as constant):
            return constant
        case ast.Constant(value=int() | float() as constant):
            return float(constant)
        case ast.Name(id=name):
            return _named(name, values.get(name), missing)
        case ast.Attribute(attr=parameter):
            return _named(f"p.{parameter}", parameters.get(parameter), missing)
        case ast.BoolOp(op=op, values=parts):
            return _joined(parts, isinstance(op, ast.Or), inner)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            truth = _truth(part, inner(part))
            return None if truth is None else not truth
        case ast.UnaryOp(op=op, operand=part):
            number = _number(part, inner(part))
            return -number if isinstance(op, ast.USub) and number is not None else number
        case ast.Call(args=[part]):
            number = _number(part, inner(part))
            return None if number is None else abs(number)
        case ast.BinOp(op=op, left=left, right=right):
            return _computed(node, op, _number(left, inner(left)), _number(right, inner(right)))
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot() as op]):
            return (values.get(name) is None) == isinstance(op, ast.Is)
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compared([left, *others], ops, inner)
    raise AssertionError(ast.dump(node))  # ``_check`` let it through


def _named(name: str, value: Value | None, missing: list[str]) -> Value | None:
    if value is None:
        missing.append(name)
    if value is None or isinstance(value, bool | str):
        return value
    number = float(value)
    if math.isnan(number):
        raise _ProblemError(Message("cannot be computed: {name} is not a number", {"name": name}))
    return number


def _joined(
    parts: list[ast.expr], is_or: bool, inner: Callable[[ast.expr], Value | None]
) -> bool | None:
    """``and`` or ``or``, from the left, decided by the first part that decides it."""
    unknown = False
    for part in parts:
        truth = _truth(part, inner(part))
        if truth is is_or:
            return is_or
        unknown = unknown or truth is None
    return None if unknown else not is_or


def _compared(
    parts: list[ast.expr], ops: list[ast.cmpop], inner: Callable[[ast.expr], Value | None]
) -> bool | None:
    """``a < b <= c``: false as soon as one comparison is, unknown while a part is."""
    unknown = False
    found = [inner(part) for part in parts]
    for i, op in enumerate(ops):
        left, right = found[i], found[i + 1]
        if left is None or right is None:
            unknown = True
            continue
        if isinstance(op, ast.Eq | ast.NotEq):
            if isinstance(left, str) != isinstance(right, str):
                raise _ProblemError(_mixed(parts[i], parts[i + 1]))
            holds = (left == right) == isinstance(op, ast.Eq)
        else:
            if isinstance(left, str) or isinstance(right, str):
                raise _ProblemError(_mixed(parts[i], parts[i + 1]))
            holds = _COMPARE[type(op)](left, right)
        if not holds:
            return False
    return None if unknown else True


def _computed(
    node: ast.expr, op: ast.operator, left: float | None, right: float | None
) -> float | None:
    if left is None or right is None:
        return None
    if isinstance(op, ast.Div) and right == 0:
        raise _ProblemError(
            Message(
                "cannot be computed: {expression} divides by zero",
                {"expression": ast.unparse(node)},
            )
        )
    result = _ARITHMETIC[type(op)](left, right)
    if math.isnan(result):
        raise _ProblemError(
            Message(
                "cannot be computed: {expression} is not a number",
                {"expression": ast.unparse(node)},
            )
        )
    return result


def _truth(part: ast.expr, value: Value | None) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise _ProblemError(
        Message("cannot be computed: {name} is neither true nor false", {"name": ast.unparse(part)})
    )


def _number(part: ast.expr, value: Value | None) -> float | None:
    if value is None or (isinstance(value, float) and not isinstance(value, bool)):
        return value
    raise _ProblemError(
        Message("cannot be computed: {name} is not a number", {"name": ast.unparse(part)})
    )


def _mixed(left: ast.expr, right: ast.expr) -> Message:
    return Message(
        "cannot be computed: {left} cannot be compared with {right}",
        {"left": ast.unparse(left), "right": ast.unparse(right)},
    )
