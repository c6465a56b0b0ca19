"""The laws, on programs that no one wrote: built at random over all classes of operations."""

import os
from dataclasses import dataclass, field

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from tests import compare, traces
from tests.examples import examples
from tests.plain import PROGRAMS, plain_python
from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.limits import Limits
from viz_app.model import Trace

LIMITS = traces.LIMITS

Shape = tuple[int, ...]

UNARY = (
    "{}.sin()", "{}.exp()", "{}.tanh()", "{}.sigmoid()", "{}.abs()", "{}.relu()", "-{}", "{} * 0.5",
    "{} ** 2", "{} ** 3", "{}.square()", "1 - {}", "2 / ({} + 3.5)", "{}.clamp(-0.5, 0.75)",
    "{}.exp().log1p()", "torch.nn.functional.gelu({})", "torch.nn.functional.softplus({})",
    "{}.cumsum(0) if {}.dim() else {}", "{}.detach() + {}", "{}.clone()",
    "{}.double().to({}.dtype)",
)  # fmt: skip
BINARY = (
    "{} + {}", "{} - {}", "{} * {}", "{} / ({} ** 2 + 1)", "torch.maximum({}, {})",
    "torch.atan2({}, {} + 2)", "torch.where({} > 0, {}, 0.25)", "torch.lerp({}, {}, 0.3)",
)  # fmt: skip
REDUCE = (
    "{}.sum({d})", "{}.mean({d}, keepdim=True)", "{}.amax({d})", "{}.logsumexp({d})",
    "{}.prod({d})", "{}.max({d}).values", "{}.softmax({d})", "{}.sort({d}).values",
    "{}.norm(dim={d})", "{}.var({d}, unbiased=False)",
)  # fmt: skip
IN_PLACE = (
    "{}.mul_(2)", "{}.add_({} * 0.5)", "{}.tanh_()", "{} += 1", "{} *= {}.detach()", "{}.neg_()",
    "{}.view(-1)[0] = 3.0", "{}.view(-1)[0].mul_(5)", "{}[..., :1] += 2", "{}.clamp_(max=0.5)",
    "{}.unsqueeze(0).exp_()", "{}.copy_({}.detach() + 1)", "{}.zero_()", "{}.flatten()[:1] *= 4",
)  # fmt: skip


def broadcast(a: Shape, b: Shape) -> Shape | None:
    """The shape of an elementwise operation on both, or None where they do not fit."""
    long, short = (a, b) if len(a) >= len(b) else (b, a)
    short = (1,) * (len(long) - len(short)) + short
    if any(x != y and 1 not in (x, y) for x, y in zip(long, short, strict=True)):
        return None
    return tuple(max(x, y) for x, y in zip(long, short, strict=True))


@dataclass
class Program:
    """A program being built: its lines, and the shape of every name it has bound."""

    draw: st.DrawFn
    lines: list[str] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    leaves: int = 0

    def any(self, *wanted: int) -> str:
        names = [n for n, s in self.shapes.items() if not wanted or len(s) in wanted]
        return self.draw(st.sampled_from(names or list(self.shapes)))

    def bind(self, text: str, shape: Shape) -> str:
        name = f"t{len(self.shapes)}"
        self.lines.append(f"{name} = {text}")
        self.shapes[name] = shape
        return name

    def leaf(self) -> None:
        shape = self.draw(st.sampled_from([(), (3,), (2, 3), (3, 2), (2, 1), (1, 3), (2, 2, 3)]))
        dtype = self.draw(st.sampled_from(["float32", "float64", "float32"]))
        size = 1
        for length in shape:
            size *= length
        numbers = self.draw(st.lists(st.integers(-20, 20), min_size=size, max_size=size))
        flat = ", ".join(repr(number / 8) for number in numbers)
        asks = self.leaves == 0 or self.draw(st.sampled_from([True, True, True, False]))
        self.leaves += 1
        self.bind(
            f"torch.tensor([{flat}], dtype=torch.{dtype}).reshape({shape}).requires_grad_({asks})",
            shape,
        )

    def step(self) -> None:
        kinds = [
            self.unary, self.unary, self.binary, self.binary, self.reduce, self.matmul, self.view,
            self.pieces, self.index, self.in_place, self.join, self.no_grad, self.backward,
            self.update,
        ]  # fmt: skip
        self.draw(st.sampled_from(kinds))()

    def unary(self) -> None:
        name = self.any()
        self.bind(self.draw(st.sampled_from(UNARY)).replace("{}", name), self.shapes[name])

    def binary(self) -> None:
        a, b = self.any(), self.any()
        shape = broadcast(self.shapes[a], self.shapes[b])
        if shape is None:
            b, shape = a, self.shapes[a]
        self.bind(self.draw(st.sampled_from(BINARY)).format(a, f"{b}.to({a}.dtype)"), shape)

    def reduce(self) -> None:
        name = self.any(1, 2, 3)
        shape = self.shapes[name]
        if not shape:
            return
        d = self.draw(st.integers(0, len(shape) - 1))
        text = self.draw(st.sampled_from(REDUCE))
        if "keepdim" in text:
            left = (*shape[:d], 1, *shape[d + 1 :])
        elif "softmax" in text or "sort" in text:
            left = shape
        else:
            left = shape[:d] + shape[d + 1 :]
        self.bind(text.format(name, d=d), left)

    def matmul(self) -> None:
        a = self.any(1, 2)
        shape = self.shapes[a]
        if len(shape) == 1:
            self.bind(f"{a} @ {a}", ())
        elif len(shape) == 2:
            self.bind(f"{a} @ {a}.t()", (shape[0], shape[0]))
        elif shape:
            self.bind(f"torch.einsum('bij,bkj->bik', {a}, {a})", (shape[0], shape[1], shape[1]))

    def view(self) -> None:
        name = self.any()
        shape = self.shapes[name]
        size = 1
        for length in shape:
            size *= length
        choices: list[tuple[str, Shape]] = [
            (f"{name}.reshape(-1)", (size,)),
            (f"{name}.unsqueeze(0)", (1, *shape)),
            (f"{name}.expand(2, {', '.join(map(str, shape))})", (2, *shape)),
        ]
        if len(shape) >= 2:
            choices += [
                (f"{name}.transpose(0, 1)", (shape[1], shape[0], *shape[2:])),
                (f"{name}.transpose(0, 1).contiguous()", (shape[1], shape[0], *shape[2:])),
                (f"{name}[:, 0]", (shape[0], *shape[2:])),
                (f"{name}.flatten()", (size,)),
            ]
        if shape:
            choices += [
                (f"{name}[0]", shape[1:]),
                (f"{name}[-1:]", (1, *shape[1:])),
                (f"{name}.flip(0)", shape),
                (f"{name}.repeat_interleave(2, 0)", (2 * shape[0], *shape[1:])),
            ]
        text, left = self.draw(st.sampled_from(choices))
        if len(left) <= 4 and size <= 64:
            self.bind(text, left)

    def pieces(self) -> None:
        name = self.any(1, 2, 3)
        shape = self.shapes[name]
        if not shape or shape[0] < 2:
            return
        call = self.draw(st.sampled_from(["unbind(0)", "split(1)", f"chunk({shape[0]})"]))
        part = shape[1:] if call.startswith("unbind") else (1, *shape[1:])
        first, second = f"t{len(self.shapes)}", f"t{len(self.shapes) + 1}"
        self.lines.append(f"{first}, {second}, *_ = {name}.{call}")
        self.shapes |= {first: part, second: part}

    def index(self) -> None:
        name = self.any(1, 2, 3)
        shape = self.shapes[name]
        if not shape:
            return
        text, left = self.draw(
            st.sampled_from(
                [
                    (f"{name}[[0, 0]]", (2, *shape[1:])),
                    (f"{name}[{name}.detach() > 0].sum()", ()),
                    (f"{name}.index_select(0, torch.tensor([0, 0]))", (2, *shape[1:])),
                    (f"{name}.gather(0, torch.zeros_like({name}, dtype=torch.long))", shape),
                    (f"{name}.masked_fill({name}.detach() > 0.5, -1.0)", shape),
                ]
            )
        )
        self.bind(text, left)

    def in_place(self) -> None:
        source = self.any()
        shape = self.shapes[source]
        # Nearly always on a copy: what is still needed by a backward must not be overwritten.
        copied = self.draw(st.integers(0, 9)) > 0
        name = self.bind(f"{source}.clone()", shape) if copied else source
        if self.draw(st.booleans()):
            self.bind(f"{name} * 1.5", shape)
        text = self.draw(st.sampled_from(IN_PLACE))
        if "[..., " not in text or shape:
            self.lines.append(text.replace("{}", name))

    def join(self) -> None:
        name = self.any()
        shape = self.shapes[name]
        others = [n for n, s in self.shapes.items() if s == shape]
        group = self.draw(st.lists(st.sampled_from(others), min_size=1, max_size=3))
        listed = ", ".join(f"{other}.double()" for other in group)
        if len(shape) <= 3:
            self.bind(f"torch.stack([{listed}])", (len(group), *shape))
        if shape:
            self.bind(f"torch.cat([{listed}])", (len(group) * shape[0], *shape[1:]))

    def no_grad(self) -> None:
        name = self.any()
        quiet = f"t{len(self.shapes)}"
        self.lines.append(f"with torch.no_grad():\n    {quiet} = {name} * 0.75")
        self.shapes[quiet] = self.shapes[name]

    def backward(self) -> None:
        name = self.any()
        root = "t0.sum() + " + f"{name}.sum()"
        call = self.draw(
            st.sampled_from(
                [
                    f"({root}).backward(retain_graph=True)",
                    f"({root}).backward(retain_graph=True)",
                    f"torch.autograd.grad({root}, t0, retain_graph=True, create_graph=True)",
                    f"torch.autograd.backward([{root}, t0.sum()], retain_graph=True)",
                    f"(t0 * {name}.sum()).backward(torch.full_like(t0, 0.5), retain_graph=True)",
                ]
            )
        )
        self.lines.append(call)

    def update(self) -> None:
        how = self.draw(
            st.sampled_from(
                [
                    "t0.grad = None",
                    "if t0.grad is not None:\n    t0.grad.zero_()",
                    "with torch.no_grad():\n    t0 += 0.125",
                    "t0.data = t0.data * 0.5",
                ]
            )
        )
        self.lines.append(how)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program of a few leaves, up to 20 random steps and a last backward over everything."""
    program = Program(draw)
    for _ in range(draw(st.integers(1, 3))):
        program.leaf()
    for _ in range(draw(st.integers(6, 20))):
        program.step()
    wanted = draw(st.lists(st.sampled_from(list(program.shapes)), min_size=4, max_size=10))
    total = " + ".join(f"{name}.sum()" for name in wanted)
    program.lines += [f"total = t0.sum() + {total}", "total.backward()"]
    return "\n".join(program.lines) + "\n"


def run(source: str, limits: Limits = LIMITS) -> Trace:
    return client.run(source, limits)


def test_every_gradient_equals_plain_pytorchs_and_sums_are_conserved() -> None:
    ends: list[bool] = []
    names: set[str] = set()

    @examples(100)
    @given(programs())
    def law(source: str) -> None:
        trace, plain = run(source, traces.ONCE), plain_python().run(source)
        assert compare.output(trace, plain) == []
        assert compare.variables(trace, plain) == []
        assert compare.backward(trace, plain) == []
        assert compare.conservation(trace, plain) == []
        assert compare.well_formed(trace) == []
        ends.append(plain["error"] is None)
        names.update(*(this["reachable"] for this in plain["passes"]))

    law()
    # Most of them must run to their end, or the law would hold of nothing.
    assert sum(ends) > 0.75 * len(ends)
    assert len(names) >= 35, sorted(names)


@examples(30)
@given(programs())
def test_same_program_same_bytes(source: str) -> None:
    assert msgspec.msgpack.encode(run(source)) == msgspec.msgpack.encode(run(source))


def anything(source: str) -> Trace | VizError:
    try:
        return run(source)
    except VizError as refused:
        return refused


@examples(50)
@given(st.text(max_size=200))
@example("")
@example("\x00")
@example("\ud800")
@example("\r\n\x0c\u2028x")
@example("(" * 500)
@example("raise SystemExit")
@example('"""')
def test_any_text_gives_a_trace_or_a_viz_error(source: str) -> None:
    assert isinstance(anything(source), Trace | VizError)


@examples(80)
@given(st.sampled_from(PROGRAMS), st.data())
def test_a_broken_program_gives_a_trace_or_a_viz_error(
    path: os.PathLike[str], data: st.DataObject
) -> None:
    with open(path, encoding="utf-8") as file:
        source = file.read()
    start = data.draw(st.integers(0, len(source)), label="start")
    end = data.draw(st.integers(start, min(len(source), start + 40)), label="end")
    middle = data.draw(st.sampled_from(["", "\n", "(", "torch", " = ", "7", "None", "'"]))
    result = anything(source[:start] + middle + source[end:])
    if isinstance(result, Trace):
        assert compare.well_formed(result) == []
