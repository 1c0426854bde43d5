"""CloudWatch's metric math, as much of it as the template uses; everything else raises NotImplementedError.

Functions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache

Value = float | None  # None: no datapoint

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_OVER_ARRAYS: dict[str, Callable[[Sequence[float]], float]] = {"SUM": sum, "MAX": max, "MIN": min}


@cache
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def evaluate(expression: str, values: Mapping[str, Value]) -> Value:
    """Evaluate an expression for one period."""
    return _value(_parsed(expression), values)


def _value(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.Call(func=ast.Name(id="FILL"), args=[series, ast.Constant(value=int() | float() as number)]):
            found = _value(series, values)
            return float(number) if found is None else found
        case ast.Call(func=ast.Name(id=name), args=[ast.List(elts=parts)]) if name in _OVER_ARRAYS:
            present = [found for part in parts if (found := _value(part, values)) is not None]
            return float(_OVER_ARRAYS[name](present)) if present else None
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            one, other = _value(left, values), _value(right, values)
            return None if one is None or other is None else _ARITHMETIC[type(op)](one, other)
    raise NotImplementedError(ast.unparse(node))
