"""Gradients of gradients: the nodes that `create_graph` records of an operation's backward.

Each gives the vector-Jacobian product of that operation, from the gradient `g` that arrived there.
"""

from typing import Final

from viz_app.knowledge.ops.operation import Row, row


def _of(grad_fn: str, operands: str, equals: str, *slots: str, source: str) -> Row:
    return row(grad_fn, operands, equals, *slots, symbol=source, source=source)


def _mse(reduction: int, over: str) -> tuple[Row, ...]:
    return (
        row(
            "MseLossBackward", "g=grad_output x=self t=target", f"2*g*(x - t){over}",
            f"sum(2*G*(x - t){over})", f"2*g{over}", f"-2*g{over}",
            when={"reduction": reduction}, symbol="mse_loss_backward", source="mse_loss_backward",
        ),
    )  # fmt: skip


ROWS: Final[tuple[Row, ...]] = (
    _of("TanhBackward", "g=grad_output t=output", "g*(1 - t**2)", "1 - t**2", "-2*g*t",
        source="tanh_backward"),
    _of("SigmoidBackward", "g=grad_output s=output", "g*s*(1 - s)", "s*(1 - s)", "g*(1 - 2*s)",
        source="sigmoid_backward"),
    _of("ThresholdBackward", "g=grad_output x=self", "g*(x > threshold)", "x > threshold", "0",
        source="threshold_backward"),
    _of("LeakyReluBackward", "g=grad_output x=self", "g*(1 if x > 0 else negative_slope)",
        "1 if x > 0 else negative_slope", "0", source="leaky_relu_backward"),
    *_mse(1, "/count(x)"),
    *_mse(2, ""),
    _of("SelectBackward", "g=grad_output", "unselect(g, r, d=dim, i=index)",
        "select(G, d=dim, i=index)", source="select_backward"),
)  # fmt: skip
