"""A common mistake gets a plain sentence, in each language, at the place where it was made."""

import pytest

from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.knowledge import text
from viz_app.limits import Limits
from viz_app.model import Failure

X = "x = torch.tensor([1., 2.], requires_grad=True)\n"
NN = "from torch import nn\n"

FUNCTION = (
    "class S(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a, n):\n"
    "        return a * n\n    @staticmethod\n    def backward(ctx, g):\n        return g, None\n"
    + X
)

# (program, hint, "line:column", what the sentence must name)
MISTAKES: list[tuple[str, str, str, tuple[str, ...]]] = [
    # backward
    (X + "y = (x ** 2).sum()\ny.backward()\ny.backward()", "backward_twice", "4:1", ()),
    (X + "(x * 2).backward()", "not_scalar", "2:1", ()),
    ("print(torch.func.grad(lambda v: v * 2)(torch.ones(2)))", "func_scalar", "1:7", ()),
    (X + "x += 1", "inplace_leaf", "2:1", ()),
    (X + "x[0] = 1.", "inplace_leaf", "2:1", ()),
    (
        X + "loss = (x ** 2).sum()\nwith torch.no_grad():\n    x -= 1\nloss.backward()",
        "leaf_modified",
        "5:1",
        (),
    ),
    (X + "y = x.exp()\ny += 1\ny.sum().backward()", "saved_modified", "4:1", ()),
    ("x = torch.ones(2)\nx.sum().backward()", "no_grad_fn", "2:1", ()),
    ("torch.ones(2).retain_grad()", "no_grad_fn", "1:1", ()),
    (X + "torch.autograd.grad(x[0], torch.ones(1, requires_grad=True))", "unused", "2:1", ()),
    (X + "torch.autograd.grad(x.sum(), torch.ones(1))", "input_no_grad", "2:1", ()),
    ("w = torch.tensor(2, requires_grad=True)", "integer_grad", "1:5", ()),
    ("w = torch.tensor([2])\nw.requires_grad_()", "integer_grad", "2:1", ()),
    (X + "y = x * 2\ny.requires_grad = False", "flag_nonleaf", "3:1", ()),
    (X + "import copy\nz = copy.deepcopy(x * 2)", "deepcopy", "3:5", ()),
    (X + "print(1 - x.grad)", "grad_none", "2:7", ()),
    (X + "x.grad.zero_()", "grad_none", "2:1", ()),
    (X + "y = x * 2\ny.sum().backward()\nprint(y.grad * 2)", "grad_nonleaf", "4:7", ("y",)),
    (
        X + "for _ in range(2):\n    (x * x).sum().backward()\n    x = x - 0.1 * x.grad",
        "grad_nonleaf",
        "4:13",
        ("x.retain_grad()",),
    ),
    ("w = torch.ones(2)\nprint(-w.grad)", "grad_not_asked", "2:7", ("w",)),
    ("w = torch.ones(2)\nw.grad.zero_()", "grad_not_asked", "2:1", ("w",)),
    (X + "(x * 2).backward(torch.ones(3))", "gradient_shape", "2:1", ("[2]", "[3]")),
    (X + "x.grad = torch.ones(3)", "gradient_shape", "2:1", ("[2]", "[3]")),
    (X + "x.sum().backward(gradient=[1.])", "gradient_type", "2:1", ()),
    (
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a, b):\n"
        "        return a * b\n    @staticmethod\n    def backward(ctx, g):\n        return g\n"
        "F.apply(torch.ones(1, requires_grad=True), 2.).backward()",
        "backward_count",
        "8:1",
        ("2", "1"),
    ),
    (X + "x.register_hook(lambda g: g[:1])\nx.sum().backward()", "hook_shape", "3:1", ()),
    (
        "with torch.autograd.detect_anomaly():\n"
        "    x = torch.zeros(1, requires_grad=True)\n    (x.sqrt() * 0).backward()",
        "nan_backward",
        "3:5",
        (),
    ),
    (X + "x.numpy()", "numpy_grad", "2:1", ()),
    (X + "import numpy as np\nnp.sin(x * 2)", "numpy_grad", "3:1", ()),
    (X + "with torch.inference_mode():\n    h = x * 2\n(h * x).sum()", "inference", "4:2", ()),
    (
        "torch.func.vmap(lambda v: v if v > 0 else -v)(torch.ones(2))",
        "vmap_if",
        "1:32",
        (),
    ),
    # shapes
    ("torch.ones(2, 3) @ torch.ones(2, 3)", "matmul", "1:1", ("2x3",)),
    (NN + "nn.Linear(4, 1)(torch.ones(5, 3))", "matmul", "2:1", ("5x3", "4x1")),
    ("torch.ones(2, 3) @ torch.ones(2)", "matmul", "1:1", ("2x3", "2")),
    (X + "x + torch.ones(3)", "broadcast", "2:1", ("2", "3", "0")),
    ("torch.ones(2, 3).t().view(6)", "view", "1:1", ()),
    (X + "x.view(3, -1)", "reshape", "2:1", ("2", "[3, -1]")),
    (NN + "nn.Conv2d(3, 1, 2)(torch.ones(1, 5, 4, 4))", "channels", "2:1", ("3", "5")),
    (
        NN + "nn.CrossEntropyLoss()(torch.ones(3, 2), torch.tensor([0, 1]))",
        "batch",
        "2:1",
        ("3", "2"),
    ),
    (NN + "nn.Conv2d(1, 1, 5)(torch.ones(1, 1, 3, 3))", "kernel", "2:1", ("(3 x 3)",)),
    (NN + "nn.BatchNorm1d(3)(torch.ones(1, 3))", "one_in_batch", "2:1", ()),
    (
        NN + "nn.CrossEntropyLoss()(torch.ones(3, 2), torch.zeros(3, 1).long())",
        "multi_target",
        "2:1",
        (),
    ),
    (
        NN + "nn.Linear(2, 3).load_state_dict(nn.Linear(2, 4).state_dict())",
        "state_dict",
        "2:1",
        (),
    ),
    (X + "torch.cat([x, torch.ones(1, 2)], dim=0)", "join", "2:1", ()),
    (X + "torch.stack([x, torch.ones(3)])", "join", "2:1", ()),
    ("torch.tensor([[1., 2.], [3.]])", "ragged", "1:1", ("2", "1")),
    (NN + "nn.GRU(2, 3)(torch.ones(4, 1, 2), torch.zeros(1, 2, 3))", "shapes", "2:1", ()),
    # indices
    (NN + "nn.Embedding(3, 2)(torch.tensor([0, 3]))", "embedding_range", "2:1", ()),
    (
        "torch.nn.functional.cross_entropy(torch.ones(2, 3), torch.tensor([1, 3]))",
        "target_range",
        "1:1",
        ("3",),
    ),
    (X + "x[5]", "index_range", "2:1", ("5", "0", "2")),
    (X + "x.sum(dim=1)", "dimension_range", "2:1", ("1", "-1", "0")),
    (X + "x[0, 1]", "too_many_indices", "2:1", ("1",)),
    (X + "for v in x.sum():\n    pass", "zero_dim", "2:1", ()),
    (NN + "out, (h, c) = nn.RNN(2, 3)(torch.ones(4, 1, 2))", "unpack_recurrent", "2:6", ()),
    ("a, b = 1, 2, 3", "unpack", "1:1", ()),
    ("float(torch.ones(2))", "scalar", "1:1", ()),
    ("torch.linalg.inv(torch.ones(2, 3))", "square", "1:1", ()),
    (NN + "nn.ReLU().load_state_dict({'a': torch.ones(1)})", "state_dict_keys", "2:1", ()),
    (
        NN + "m = nn.Sequential(nn.Linear(2, 2), nn.ReLU(inplace=True))\n"
        "m[0].register_full_backward_hook(lambda m, i, o: None)\nm(torch.ones(1, 2))",
        "inplace_hook",
        "4:1",
        ("inplace=False",),
    ),
    (
        "class S(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a):\n"
        "        return a.view_as(a)\n    @staticmethod\n    def backward(ctx, g):\n"
        "        return g\n" + X + "y = S.apply(x * 1)\ny += 1",
        "inplace_custom",
        "10:1",
        (),
    ),
    # one value or many
    (X + "if x > 1:\n    pass", "truth", "2:4", ()),
    (X + "x.item()", "item", "2:1", ("2",)),
    (X + "torch.tensor([x, x])", "tensor_of_tensors", "2:1", ()),
    # types of numbers
    (X + "x @ torch.tensor([1, 2])", "dtypes", "2:1", ("Float", "Long")),
    (NN + "nn.Linear(2, 1)(torch.ones(2).double())", "dtypes", "2:1", ()),
    ("torch.softmax(torch.tensor([1, 2]), 0)", "integers", "1:1", ()),
    ("torch.tensor([1, 2]).mean()", "integers", "1:1", ()),
    (
        "torch.nn.functional.cross_entropy(torch.ones(2, 3), torch.ones(2))",
        "class_dtype",
        "1:1",
        (),
    ),
    (NN + "nn.Embedding(3, 2)(torch.ones(2))", "index_dtype", "2:1", ()),
    (X + "x[torch.ones(1)]", "index_dtype", "2:1", ()),
    ("n = torch.tensor([1, 2])\nn /= 2", "inplace_cast", "2:1", ("Long", "Float")),
    (X + "x.cuda()", "no_device", "2:1", ()),
    # modules, losses, optimisers
    (
        NN + "class A(nn.Module):\n    def __init__(self):\n        self.fc = nn.Linear(1, 1)\nA()",
        "super_init",
        "4:9",
        (),
    ),
    (NN + "class Net(nn.Module):\n    pass\nNet()(1)", "no_forward", "4:1", ()),
    (
        NN + "net = nn.Linear(1, 1)\nnet.weight = torch.ones(1, 1)",
        "assign_parameter",
        "3:1",
        ("weight",),
    ),
    ("torch.optim.SGD([], lr=0.1)", "no_parameters", "1:1", ()),
    (X + "torch.optim.SGD([x * 2], lr=0.1)", "optimise_nonleaf", "2:1", ()),
    (X + "torch.optim.SGD(x, lr=0.1)", "parameter_list", "2:1", ()),
    (X + "torch.optim.LBFGS([x]).step()", "closure", "2:1", ()),
    (NN + X + "nn.BCELoss()(x, torch.ones(2))", "probability", "3:1", ()),
    ("torch.multinomial(torch.tensor([-1., 0.5]), 1)", "bad_distribution", "1:1", ()),
    (
        "torch.distributions.Normal(torch.tensor(0.), torch.tensor(-1.))",
        "bad_distribution",
        "1:1",
        (),
    ),
    ("torch.linalg.cholesky(-torch.eye(2))", "cholesky", "1:1", ()),
    ("torch.linalg.inv(torch.ones(2, 2))", "singular", "1:1", ()),
    # arguments
    (NN + "nn.Linear(3, 1)(nn.LSTM(2, 3)(torch.ones(4, 1, 2)))", "tuple_given", "2:1", ("input",)),
    (NN + "nn.Linear(2, 1)([1., 2.])", "not_a_tensor", "2:1", ("input", "list")),
    (NN + X + "y = nn.ReLU(x) * 2", "layer_not_tensor", "3:5", ("nn.ReLU()(x)",)),
    ("w = torch.Tensor([1.], requires_grad=True)", "tensor_class", "1:5", ()),
    (X + "x(2)", "not_callable", "2:1", ()),
    (X + "x.sum().item().backward()", "number_not_tensor", "2:1", ()),
    (X + "print('loss ' + x.sum())", "text_and_number", "2:7", ()),
    (NN + "nn.Linear(2, 1)()", "missing_argument", "2:1", ("input",)),
    ("w = torch.ones(2, require_grad=True)", "keyword_close", "1:5", ("requires_grad",)),
    ("lr = input()", "no_input", "1:6", ()),
    # of custom functions, and the next most frequent questions
    (
        FUNCTION.replace("g, None", "g[:1], None") + "S.apply(x, 2.).sum().backward()",
        "gradient_shape",
        "9:1",
        ("[1]", "[2]"),
    ),
    (
        FUNCTION.replace("g, None", "g, g") + "S.apply(x, 2.).sum().backward()",
        "backward_none",
        "9:1",
        ("2",),
    ),
    (
        FUNCTION.replace("g, None", "1., None") + "S.apply(x, 2.).sum().backward()",
        "backward_type",
        "9:1",
        ("float",),
    ),
    (
        FUNCTION.replace("return a", "ctx.save_for_backward(n); return a")
        + "S.apply(x, 2.).sum().backward()",
        "save_tensors",
        "9:1",
        (),
    ),
    ("torch.ones(2).register_hook(print)", "no_grad_fn", "1:1", ()),
    (X + "a, b = (x * 2).unbind()\na += 1", "view_inplace", "3:1", ()),
    (
        "w = torch.ones(1, requires_grad=True)\ntorch.special.zeta(w + 1, w).backward()",
        "no_derivative",
        "2:1",
        ("zeta",),
    ),
    (
        NN + "nn.BCEWithLogitsLoss()(torch.ones(4, 1), torch.ones(4))",
        "target_shape",
        "2:1",
        ("[4]", "[4, 1]"),
    ),
    (
        NN + "nn.BCELoss()(torch.ones(4, 1), torch.ones(4))",
        "target_shape",
        "2:1",
        ("[4]", "[4, 1]"),
    ),
    (
        NN + "nn.CrossEntropyLoss()(torch.ones(2, 3), torch.ones(2, 3).long())",
        "class_probabilities",
        "2:1",
        (),
    ),
    (NN + "nn.MSELoss(torch.ones(2), torch.ones(2))", "loss_object", "2:1", ("MSELoss",)),
    ("torch.cat([torch.tensor(1.), torch.tensor(2.)])", "cat_numbers", "1:1", ()),
    ("torch.stack([1, 2])", "join_numbers", "1:1", ("int",)),
    ("torch.stack([])", "empty", "1:1", ()),
    (NN + "nn.Conv2d(1, 1, 2)(torch.ones(3))", "dimensions", "2:1", ()),
    (NN + "nn.BatchNorm2d(2)(torch.ones(3, 2))", "dimensions", "2:1", ()),
    ("torch.mm(torch.ones(2), torch.ones(2))", "dimensions", "1:1", ()),
    ("torch.ones(3, 1).expand(3)", "dimensions", "1:1", ()),
    ("torch.ones(2, 3).gather(1, torch.tensor([0]))", "dimensions", "1:1", ()),
    (
        NN + "nn.Conv2d(1, 1, 2)(torch.ones(1, 1, 3, 3).double())",
        "dtypes",
        "2:1",
        ("double", "float"),
    ),
    ("torch.tensor(1.).size(0)", "zero_dim", "1:1", ()),
    ("[1, 2, 3][torch.tensor([1, 2])]", "index_number", "1:1", ()),
    (NN + "nn.Linear(3, 4 / 2)", "whole_sizes", "2:1", ()),
    (X + "x.view(x.numel() / 1)", "whole_sizes", "2:1", ()),
    ("torch.tensor(['a'])", "not_numbers", "1:1", ("str",)),
    (X + "torch.optim.SGD([{'params': [x]}, {'params': [x]}], 0.1)", "parameter_twice", "2:1", ()),
    (NN + "nn.Sequential([nn.Linear(1, 1)])", "not_module", "2:1", ()),
    ("print(f'{torch.ones(2):.2f}')", "format_tensor", "1:7", ()),
    ("w = [1., 2.]\nw = w * 0.1", "list_arithmetic", "2:5", ()),
    ("torch.from_numpy([1, 2])", "numpy_wanted", "1:1", ("list",)),
    ("it = iter(torch.utils.data.DataLoader([1, 2]))\nit.next()", "next_method", "2:1", ()),
    (
        NN + "class N(nn.Module):\n    def forward(x):\n        return x\nN()(1)",
        "positional",
        "5:1",
        ("N.forward", "2"),
    ),
    ("sum = 3\nsum([1])", "covered", "2:1", ("int",)),
    (NN + "nn.Linear(1, 1)[0]", "not_subscriptable", "2:1", ("Linear",)),
    ("from torch.autograd import Variabel", "attribute_close", "1:1", ("Variable",)),
    ("from torch import zzzz", "import_name", "1:1", ("zzzz",)),
    (NN + "net = nn.Linear(1, 1)\nnet.weigth", "attribute_close", "3:1", ("weight",)),
    # Python's own
    ("x = Torch.ones(2)", "name_close", "1:5", ("Torch", "torch")),
    ("weights = 1\nprint(wieghts)", "name_close", "2:7", ("weights",)),
    ("net = nn.Linear(2, 1)", "name_import", "1:7", ("from torch import nn",)),
    ("print(qqqq)", "name", "1:7", ("qqqq",)),
    ("n = 1\ndef f():\n    n += 1\nf()", "name_local", "3:5", ("n",)),
    (X + "x.squre()", "attribute_close", "2:1", ("square",)),
    ("torch.sigmod(torch.ones(1))", "attribute_close", "1:1", ("sigmoid",)),
    ("def f():\n    torch.ones(1)\nf() + 1", "none", "3:1", ()),
    ("d = {'a': 1}\nd['b']", "key", "2:1", ("b",)),
    ("n = 0\n1 / n", "zero_division", "2:1", ()),
    ("[1][3]", "list_range", "1:1", ()),
    ("def f(n):\n    return f(n + 1)\nf(0)", "recursion", "2:5", ()),
    ("open('data.csv')", "no_files", "1:1", ()),
    ("torch.load('model.pt')", "no_files", "1:1", ()),
    ("torch.save({}, 'runs/model.pt')", "no_folder", "1:1", ()),
    ("open('a', 'wb').truncate(10**9)", "files_full", "1:1", ()),
    ("import os\nos.path.dirname(__file__)", "no_files", "2:17", ()),
    ("import urllib.request as u\nu.urlopen('http://a.org/b')", "no_outside", "2:1", ()),
    ("import threading\nthreading.Thread(target=print).start()", "no_threads", "2:1", ()),
    ("import no_such_package", "no_module", "1:1", ()),
    ("import torchvision.models", "no_course_package", "1:1", ("torchvision",)),
    (
        "import torchvision\ntorchvision.models.resnet18()",
        "no_course_package",
        "2:1",
        ("torchvision",),
    ),
    ("import requests", "no_outside", "1:1", ()),
    ("from google.colab import drive", "no_outside", "1:1", ()),
    ("torch.hub.load('pytorch/vision', 'resnet18')", "no_outside", "1:1", ()),
    ("from torchvision import models", "no_course_package", "1:1", ("torchvision",)),
]

UNREADABLE: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("x = (1 +\ny = 2", "syntax_bracket", "1:5", ()),
    ("x = 1)", "syntax_bracket", "1:6", ()),
    ("x = [1, 2)", "syntax_bracket", "1:10", ()),
    ("for i in range(3)\n    pass", "syntax_colon", "1:18", ()),
    ("for i in range(3):\npass", "syntax_indent", "2:1", ()),
    ("x = 1\n  y = 2", "syntax_indent", "2:2", ()),
    ("if True:\n        x = 1\n    y = 2", "syntax_indent", "3:10", ()),
    ("print('loss)", "syntax_quote", "1:7", ()),
    ("x = torch.ones（2）", "syntax_character", "1:15", ("（",)),
    ("print(“loss”)", "syntax_character", "1:7", ("“",)),
    ("print loss", "syntax_call", "1:1", ("print",)),
    ("x = [1 2]", "syntax_comma", "1:6", ()),
    ("if x = 1:\n    pass", "syntax_equals", "1:4", ()),
    ("x + 1 = y", "syntax_equals", "1:1", ()),
    ("y = 2x", "syntax_number", "1:5", ()),
    ("return 1", "syntax_outside", "1:1", ("return",)),
    ("break", "syntax_outside", "1:1", ("break",)),
    ("f(a=1, 2)", "syntax_order", "1:9", ()),
    ("print(f'{}')", "syntax_fstring", "1:12", ()),
    (">>> x = 1", "syntax_prompt", "1:1", ()),
    ("pip install torch", "syntax_magic", "1:5", ()),
    ("from importlib.metadata import version\nversion('xyz')", "no_module", "2:1", ()),
    ("x = = 1", "syntax_other", "1:5", ()),
]


def failure(program: str) -> Failure:
    try:
        problem = client.run(program, Limits()).error
    except VizError as error:
        return error.failure
    assert problem is not None
    return problem


@pytest.mark.parametrize(
    ("program", "hint", "place", "names"), MISTAKES + UNREADABLE, ids=lambda value: str(value)[-40:]
)
def test_mistake_is_explained_at_its_place(
    program: str, hint: str, place: str, names: tuple[str, ...]
) -> None:
    problem = failure(program)
    where = f"{problem.span.line}:{problem.span.column}"
    assert (problem.hint, where) == (hint, place), problem
    for language in text.languages():
        sentence = text.load(language)(f"hint.{hint}", **problem.params)
        assert all(name in sentence for name in names)
        assert len(sentence) < 300


@pytest.mark.parametrize(
    "program",
    [
        'raise RuntimeError("CUDA")',
        'raise ValueError("shape mismatch")',
        'if True: raise OSError("disk")',
        'assert False, "shape mismatch"',
        "raise MemoryError()",
        'raise KeyError("a")',
        "def check(n):\n    raise TypeError(\"x missing 1 required argument: 'closure'\")\n"
        "check(1)",
        'raise RuntimeError("backward through the graph a second time")',
        'raise RuntimeError("it clamps the timestamps")',
    ],
)
def test_message_raised_by_the_program_itself_gets_no_hint(program: str) -> None:
    assert failure(program).hint is None


@pytest.mark.parametrize(
    ("program", "wrong"),
    [
        (NN + "if nn.MSELoss(reduction='none')(torch.ones(2), torch.ones(2)): pass", "loss_object"),
        (X + "x.sum().backward()\nn = None\nn + x.grad", "grad_none"),
        ("x = torch.ones(2, 3)\ntorch.index_select(x, 0, torch.tensor([5]))", "target_range"),
    ],
)
def test_a_hint_needs_its_evidence(program: str, wrong: str) -> None:
    assert failure(program).hint != wrong


def test_each_hint_has_a_program_that_causes_it() -> None:
    shown = {hint for _, hint, _, _ in MISTAKES + UNREADABLE}
    rare = {"memory", "static_function"}
    """Filling the memory takes hundreds of megabytes; the other limit is tried in the corpus."""
    assert set(text.load("en").table("hint")) - shown == rare


HOSTILE = [
    "raise NameError('x', name=3)",
    "class E(AttributeError):\n    name = obj = property(lambda s: 1 / 0)\nraise E()",
    "class M(type):\n    def __getattribute__(c, n): 1 / 0\n"
    "class A(metaclass=M):\n    pass\nraise AttributeError(name='ab', obj=object.__new__(A))",
    "raise KeyError('{x}' * 9999)",
    "raise NameError('y', name='{0}' * 999)",
    "globals()[3] = 1\nprint(torchh)",
]


@pytest.mark.parametrize("program", HOSTILE)
def test_an_exception_made_to_mislead_is_an_error_like_any_other(program: str) -> None:
    problem = failure(program)
    assert problem.code == "exception"
    assert all(len(str(value)) <= 60 for value in problem.params.values())
