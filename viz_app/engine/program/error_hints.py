"""Common mistakes: tables from the wording of Python's and PyTorch's errors to a sentence's key.

The sentences themselves are in assets/text under "hint"; a pattern's named groups fill their
placeholders. First match wins. To add a mistake: a row here, a sentence there, and a program in the
test's table.
"""

import builtins
import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from types import GetSetDescriptorType, ModuleType
from typing import Any, NamedTuple

import torch

from viz_app.engine.program import vision
from viz_app.engine.record.tensors import is_leaf, own_grad


class Hint(NamedTuple):
    """The key of a plain sentence and the values of its placeholders."""

    key: str
    params: dict[str, str | int | float] = {}  # noqa: RUF012 - never written to


_LONGEST = 60
"""Maximum number of characters of a parameter: a name in a sentence, not a page."""

_MESSAGES: tuple[tuple[str, str], ...] = (
    # ---- backward
    (r"backward through the graph a second time|Trying to backward|Saved intermediate values"
     r"|grad_fn.*freed", "backward_twice"),
    (r"grad can be implicitly created only for scalar outputs", "not_scalar"),
    (r"Expected f\(\*args\) to return a scalar Tensor", "func_scalar"),
    (r"a leaf Variable that requires grad .* in-place", "inplace_leaf"),
    (r"a view of a leaf Variable that requires grad", "inplace_leaf"),
    # A tensor that an operation made is named in the message; a parameter or constant is not.
    (r"modified by an inplace operation: \[[^\]]*\]\] is at version", "leaf_modified"),
    (r"modified by an inplace operation", "saved_modified"),
    (r"does not require grad and does not have a grad_fn|element 0 of tensors", "no_grad_fn"),
    (r"can't retain_grad on Tensor that has requires_grad=False", "no_grad_fn"),
    (r"appears to not have been used in the graph", "unused"),
    (r"differentiated Tensors does not require grad", "input_no_grad"),
    (r"floating point (and complex )?dtype can require gradients", "integer_grad"),
    (r"change requires_grad flags of leaf variables", "flag_nonleaf"),
    (r"support the deepcopy protocol", "deepcopy"),
    (r"Mismatch in shape: grad_output\[\d+\] has a shape of (torch\.Size\()?(?P<given>\[[^]]*\])"
     r".* has a shape of (torch\.Size\()?(?P<needed>\[[^]]*\])", "gradient_shape"),
    (r"assign a gradient of size '(?P<given>[^']*)' to a tensor of size '(?P<needed>[^']*)'",
     "gradient_shape"),
    (r"gradients can be either Tensors or None", "gradient_type"),
    (r"incorrect number of gradients \(expected (?P<needed>\d+), got (?P<given>\d+)\)",
     "backward_count"),
    (r"Legacy autograd function with non-static", "static_function"),
    (r"hook '.*' has changed the (size|type) of value", "hook_shape"),
    (r"invalid gradient at index \d+ - got (?P<given>\[[^]]*\]) but expected shape compatible with "
     r"(?P<needed>\[[^]]*\])", "gradient_shape"),
    (r"returned a gradient different than None at position (?P<place>\d+)", "backward_none"),
    (r"expected Variable or None \(got (?P<given>[\w.]+)\)", "backward_type"),
    (r"save_for_backward can only save variables", "save_tensors"),
    (r"cannot register a hook on a tensor that doesn't require gradient", "no_grad_fn"),
    (r"Output \d+ of BackwardHookFunction is a view", "inplace_hook"),
    (r"is a view and .* modified inplace.*created inside a custom Function", "inplace_custom"),
    (r"is a view and .* modified inplace.*returns multiple views", "view_inplace"),
    (r"the derivative for '(?P<name>[\w:]+)' is not implemented", "no_derivative"),
    (r"returned nan values in its", "nan_backward"),
    (r"Inplace update to inference tensor|Inference tensors cannot", "inference"),
    (r"Can't call numpy\(\) on Tensor that requires grad", "numpy_grad"),
    # ---- torch.func
    (r"vmap: It looks like you're attempting to use a Tensor in some data-dependent", "vmap_if"),
    (r"vmap: It looks like you're calling \.item\(\)", "vmap_if"),
    # ---- shapes
    (r"shapes cannot be multiplied \((?P<left>\d+x\d+) and (?P<right>\d+x\d+)\)", "matmul"),
    (r"size mismatch, got input \(\d+\), mat \((?P<left>\d+x\d+)\), vec \((?P<right>\d+)\)",
     "matmul"),
    (r"size of tensor a \((?P<left>\d+)\) must match the size of tensor b \((?P<right>\d+)\) at "
     r"non-singleton dimension (?P<dim>\d+)", "broadcast"),
    (r"view size is not compatible", "view"),
    (r"shape '(?P<shape>.*)' is invalid for input of size (?P<size>\d+)", "reshape"),
    (r"to have (?P<needed>\d+) channels, but got (?P<given>\d+) channels", "channels"),
    (r"Expected input batch_size \((?P<left>\d+)\) to match target batch_size \((?P<right>\d+)\)",
     "batch"),
    (r"[Tt]arget size \((torch\.Size\()?(?P<left>\[[^]]*\]).* input size \((torch\.Size\()?"
     r"(?P<right>\[[^]]*\])", "target_shape"),
    (r"target with class probabilities", "class_probabilities"),
    (r"zero-dimensional tensor .* cannot be concatenated", "cat_numbers"),
    (r"expected Tensor as element \d+ in argument \d+, but got (?P<given>[\w.]+)", "join_numbers"),
    (r"non-empty (list of Tensors|TensorList)|num_samples should be a positive", "empty"),
    (r"xpected \dD .*input|xpected input to be \dD|\dD tensors? expected|For (un)?batched"
     r"|must be a (\dD tensor|matrix)|expects a tensor with <=|need to be at least 1D|[Oo]nly 3D"
     r"|sizes provided|(same|match) .*number of dimensions (as|in)"
     r"|number of dimensions in the tensor input", "dimensions"),
    (r"Calculated padded input size per channel: (?P<size>\([^)]*\))\. "
     r"Kernel size: (?P<kernel>\([^)]*\))", "kernel"),
    (r"Expected more than 1 value per channel", "one_in_batch"),
    (r"multi-target not supported", "multi_target"),
    (r"Error\(s\) in loading state_dict.*size mismatch", "state_dict"),
    (r"Error\(s\) in loading state_dict.*(Missing|Unexpected) key", "state_dict_keys"),
    (r"Sizes of tensors must match|each tensor to be equal size|Tensors must have same number of",
     "join"),
    (r"expected sequence of length (?P<needed>\d+) at dim \d+ \(got (?P<given>\d+)\)", "ragged"),
    (r"[Ss]ize mismatch|shape mismatch|inconsistent tensor size|Expected (hidden )?size|einsum\(\)"
     r"|[Mm]ismatch in shape|target size|doesn't match the broadcast shape|must match the existing"
     r"|same (shape|size)|not broadcastable|could not be broadcast|mismatch in its core dimension"
     r"|shape of the mask|Incompatible shapes|Size does not match|normalized_shape"
     r"|must be equal to input_size", "shapes"),
    # ---- indices
    (r"index out of range in self", "embedding_range"),
    (r"Target (?P<target>-?\d+) is out of bounds", "target_range"),
    (r"index (?P<index>-?\d+) is out of bounds for dimension (?P<dim>\d+) with size (?P<size>\d+)",
     "index_range"),
    (r"Dimension out of range \(expected to be in range of \[(?P<low>-?\d+), (?P<high>-?\d+)\], "
     r"but got (?P<dim>-?\d+)\)", "dimension_range"),
    (r"too many indices for tensor of dimension (?P<dims>\d+)", "too_many_indices"),
    (r"0-d tensor|0-dim tensor|tensor has no dimensions", "zero_dim"),
    (r"not enough values to unpack|too many values to unpack", "unpack"),
    # ---- one value or many
    (r"Boolean value of Tensor with more than one value", "truth"),
    (r"a Tensor with (?P<count>\d+) elements cannot be converted to Scalar", "item"),
    (r"only one element tensors can be converted to Python scalars", "tensor_of_tensors"),
    # ---- types of numbers
    (r"Input type \((?P<left>\w+)\) and (bias|weight) type \((?P<right>\w+)\)", "dtypes"),
    (r"Expected dtype int32/int64 for index|only applicable to index tensor", "index_dtype"),
    (r"only integer tensors of a single element|only integers, slices", "index_number"),
    (r"must be tuple of ints|received an invalid .* got \([^)]*float", "whole_sizes"),
    (r"too many dimensions '(?P<given>\w+)'", "not_numbers"),
    (r"Could not infer dtype of (?P<given>\w+)", "not_numbers"),
    (r"tensors used as indices must be|argument #1 'indices' to have one of", "index_dtype"),
    (r"target dtype to be Long", "class_dtype"),
    (r"Found dtype (?P<left>\w+) but expected (?P<right>\w+)", "dtypes"),
    (r"expected scalar type (?P<left>\w+) but found (?P<right>\w+)", "dtypes"),
    (r"same dtype, but (got|found):? (?P<left>[a-zA-Z ]+?) (and|!=) (?P<right>[a-zA-Z ]+)",
     "dtypes"),
    (r"not implemented for '(?P<kind>Long|Int|Bool|Byte|Char|Short)'", "integers"),
    (r"could not infer output dtype|to be either a floating point or complex", "integers"),
    (r"result type (?P<given>\w+) can't be cast to the desired output type (?P<needed>\w+)",
     "inplace_cast"),
    # ---- devices and memory
    (r"\b(CUDA|cuda|MPS|mps|XPU|xpu)\b|Torch not compiled with|No HIP GPUs", "no_device"),
    (r"can't convert .* device type tensor to numpy", "no_device"),
    (r"can't allocate memory|not enough memory|DefaultCPUAllocator", "memory"),
    # ---- modules, losses, optimisers
    (r"before Module\.__init__\(\) call", "super_init"),
    (r"is missing the required \"forward\" function", "no_forward"),
    (r"cannot assign '.*' as parameter '(?P<name>\w+)'", "assign_parameter"),
    (r"optimizer got an empty parameter list", "no_parameters"),
    (r"can't optimize a non-leaf Tensor", "optimise_nonleaf"),
    (r"argument given to the optimizer should be an iterable", "parameter_list"),
    (r"appear in more than one parameter group", "parameter_twice"),
    (r"is not a Module subclass", "not_module"),
    (r"missing 1 required positional argument: 'closure'", "closure"),
    (r"all elements of (input|target) should be between 0 and 1", "probability"),
    (r"probability tensor contains either|found invalid values", "bad_distribution"),
    (r"square matrices", "square"),
    (r"linalg\.cholesky", "cholesky"),
    (r"inversion could not be completed|solver failed because the input matrix is singular",
     "singular"),
    # ---- arguments
    (r"argument '(?P<argument>\w+)'.* must be Tensor, not tuple", "tuple_given"),
    (r"argument '(?P<argument>\w+)'.* must be Tensor, not (?P<given>[\w.]+)", "not_a_tensor"),
    (r"new\(\) received an invalid combination of arguments .*requires_grad", "tensor_class"),
    (r"'(Tensor|Parameter)' object is not callable", "not_callable"),
    (r"'(float|int|numpy\.\w+|list|tuple)' object has no attribute '(backward|requires_grad_?|grad"
     r"|detach|item)'", "number_not_tensor"),
    (r"can only concatenate str", "text_and_number"),
    (r"unsupported format string passed to Tensor", "format_tensor"),
    (r"can't multiply sequence|unsupported operand.*'(list|tuple)'", "list_arithmetic"),
    (r"expected np\.ndarray \(got (?P<given>\w+)\)", "numpy_wanted"),
    (r"object has no attribute 'next'", "next_method"),
    (r"(?P<call>[\w.]+)\(\) takes (from \d+ to )?(?P<needed>\d+) positional arguments? but "
     r"(?P<given>\d+) w", "positional"),
    (r"'(?P<given>\w+)' object is not callable", "covered"),
    (r"'(?P<given>\w+)' object is not (subscriptable|iterable)", "not_subscriptable"),
    (r"no internet connection", "no_outside"),
    (r"EOF when reading a line", "no_input"),
    (r"Parent directory .* does not exist", "no_folder"),
    (r"can't start new thread|^Operation not permitted$", "no_threads"),
    (r"(?P<call>[\w.]+)\(\) missing \d+ required (positional |keyword-only )?arguments?:? "
     r"['\"](?P<argument>\w+)", "missing_argument"),
    (r"division by zero", "zero_division"),
    (r"list index out of range", "list_range"),
)  # fmt: skip

_TYPES = {
    "PermissionError": "no_outside",
    "BlockingIOError": "no_outside",
    "FileNotFoundError": "no_files",
    "OSError": "no_outside",
    "URLError": "no_outside",
    "gaierror": "no_outside",
    "MemoryError": "memory",
    "RecursionError": "recursion",
    "ModuleNotFoundError": "no_module",
    "PackageNotFoundError": "no_module",
}

_DOWNLOADS = "requests|wget|gdown|kaggle|kagglehub|opendatasets|datasets|huggingface_hub|google"
"""Packages that courses fetch data with, in messages about what can't be imported."""

_COURSES = "sklearn|scikit-learn|pandas|scipy|einops|torchvision|safetensors"
"""Packages of `requirements-courses.txt`, in messages about what can't be imported."""

_SYNTAX: tuple[tuple[str, str], ...] = (
    (r"was never closed|unmatched|does not match opening|unexpected EOF|was never closed",
     "syntax_bracket"),
    (r"expected ':'", "syntax_colon"),
    (r"indent|inconsistent use of tabs", "syntax_indent"),
    (r"unterminated|EOL while scanning|string literal was never", "syntax_quote"),
    (r"invalid character '(?P<character>.)'", "syntax_character"),
    (r"invalid non-printable character (?P<character>U\+\w+)", "syntax_character"),
    (r"Missing parentheses in call to '(?P<name>\w+)'", "syntax_call"),
    (r"Perhaps you forgot a comma", "syntax_comma"),
    (r"cannot assign to|Maybe you meant '=='", "syntax_equals"),
    (r"invalid (decimal|hexadecimal|octal|binary) literal|leading zeros", "syntax_number"),
    (r"'(?P<name>return|break|continue|yield|await)'? outside", "syntax_outside"),
    (r"'(?P<name>continue|break)' not properly in loop", "syntax_outside"),
    (r"positional argument follows keyword argument", "syntax_order"),
    (r"f-string", "syntax_fstring"),
)  # fmt: skip

_PASTED = (
    (re.compile(r"\s*(>>>|\.\.\.|In \[\d*\]:|Out\[\d*\]:)"), "syntax_prompt"),
    (re.compile(r"\s*(pip|conda) install"), "syntax_magic"),
)

_IMPORTS = {
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "optim": "from torch import optim",
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "tqdm": "from tqdm import tqdm",
    "DataLoader": "from torch.utils.data import DataLoader",
    "TensorDataset": "from torch.utils.data import TensorDataset",
    "Dataset": "from torch.utils.data import Dataset",
    "grad": "from torch.autograd import grad",
    "Variable": "from torch.autograd import Variable",
    "vmap": "from torch.func import vmap",
    "checkpoint": "from torch.utils.checkpoint import checkpoint",
    "partial": "from functools import partial",
    "defaultdict": "from collections import defaultdict",
    "dataclass": "from dataclasses import dataclass",
} | {name: f"import {name}" for name in ("math", "random", "copy", "time", "os", "itertools")}
"""Names a program uses without importing them -> the import most likely meant."""

_KEYWORDS = ("requires_grad", "retain_graph", "create_graph", "keepdim", "dim", "dtype", "lr")
"""Keyword arguments that are often misspelt."""


def hint_for(
    error: BaseException, message: str, names: Mapping[str, Any], statement: str
) -> Hint | None:
    """The plain sentence for a common mistake, None for an uncommon one.

    `names` are the names visible where the error arose, `statement` the text of its line.
    """
    kind = type(error).__name__
    if _raised_here(kind, statement):
        return None  # the program's own wording, which may sound like PyTorch's
    if isinstance(error, ImportError) and (
        match := re.search(rf"(named|from|found for) '?({_COURSES})\b", message)
    ):
        return Hint("no_course_package", {"name": match[2]})
    if isinstance(error, ImportError) and re.search(rf"named '({_DOWNLOADS})\b", message):
        return Hint("no_outside")
    if kind == "OSError" and "No space left on device" in message:
        return Hint("files_full")
    if kind in _TYPES:
        return Hint(_TYPES[kind])
    if isinstance(error, NameError):
        return _name(error, message, names)
    if "NoneType" in message:
        return _none(names, statement)
    if isinstance(error, KeyError):
        return Hint("key", {"key": _short(message)})
    if found := _matched(_MESSAGES, message):
        return (
            _CHECKED[found.key](found, error, names, statement) if found.key in _CHECKED else found
        )
    if isinstance(error, ImportError):
        return _imported(message)
    if isinstance(error, AttributeError):
        return _attribute(error)
    if isinstance(error, TypeError):
        return _argument(message)
    return None


def _raised_here(kind: str, statement: str) -> bool:
    """True if the line itself raises this kind of error, or asserts."""
    if kind == "AssertionError":
        return bool(re.match(r"\s*assert\b", statement)) or "raise" in statement
    return bool(re.search(rf"\braise\b[^#]*\b{re.escape(kind)}\b", statement))


def _passed(error: BaseException) -> set[str]:
    """The functions that the error passed through on its way to the program."""
    found = set()
    step = BaseException.__dict__["__traceback__"].__get__(error)
    while step is not None:
        found.add(step.tb_frame.f_code.co_qualname)
        step = step.tb_next
    return found


def _truth(found: Hint, error: BaseException, names: Mapping[str, Any], statement: str) -> Hint:
    """A loss that got tensors in place of its settings, or a tensor tested for truth."""
    given = re.search(r"(\w+Loss)\(", statement)
    made = any(name.endswith("Loss.__init__") for name in _passed(error))
    return Hint("loss_object", {"name": _short(given[1])}) if given and made else found


def _class_dtype(
    found: Hint, error: BaseException, names: Mapping[str, Any], statement: str
) -> Hint:
    """Class numbers of the wrong type, if a loss of classes was being computed."""
    classes = {"cross_entropy", "nll_loss"} & _passed(error)
    long = (found.params.get("left"), found.params.get("right")) == ("Long", "Float")
    return Hint("class_dtype") if classes and long else found


def _unpack(found: Hint, error: BaseException, names: Mapping[str, Any], statement: str) -> Hint:
    """A recurrent layer also returns its hidden state."""
    called = re.findall(r"=\s*(?:[\w.]+\.)?(\w+)\(", statement)
    for name in called:
        layer = getattr(torch.nn, name, None) or type(names.get(name))
        if isinstance(layer, type) and issubclass(layer, torch.nn.RNNBase):
            return Hint("unpack_recurrent")
    return found


def _one_element(
    found: Hint, error: BaseException, names: Mapping[str, Any], statement: str
) -> Hint:
    """torch.tensor([a, b]) of tensors, or float(a) of a tensor with several elements."""
    return found if re.search(r"\b(as_)?tensor\(", statement) else Hint("scalar")


_CHECKED = {
    "truth": _truth,
    "dtypes": _class_dtype,
    "unpack": _unpack,
    "tensor_of_tensors": _one_element,
}
"""Hints that need more evidence than the message."""


def syntax_hint(message: str, line: str) -> Hint:
    """The plain sentence for a line that Python can't read."""
    for pattern, key in _PASTED:
        if pattern.match(line):
            return Hint(key)
    return _matched(_SYNTAX, message) or Hint("syntax_other")


def _matched(table: tuple[tuple[str, str], ...], message: str) -> Hint | None:
    for pattern, key in table:
        if match := re.search(pattern, message, re.DOTALL):
            return Hint(key, {name: _short(text) for name, text in match.groupdict("").items()})
    return None


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _text(name: object) -> str:
    """An exception's name, into which the program may have put anything."""
    return name if type(name) is str else ""


def _close(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most similar to this one, ignoring case."""
    capital = name[:1].isupper()
    order = sorted(known, key=lambda other: (other[:1].isupper() == capital, other))
    lower = {other.lower(): other for other in order if not other.startswith("__")}
    found = difflib.get_close_matches(name.lower()[:_LONGEST], lower, n=1, cutoff=0.75)
    return lower[found[0]] if found else None


def _name(error: NameError, message: str, names: Mapping[str, Any]) -> Hint | None:
    if match := re.search(r"cannot access local variable '(\w+)'", message):
        return Hint("name_local", {"name": _short(match[1])})
    name = _text(NameError.__dict__["name"].__get__(error))
    if name == "__file__":
        return Hint("no_files")
    if name in _IMPORTS:
        return Hint("name_import", {"name": name, "statement": _IMPORTS[name]})
    known = [other for other in (*names, *dir(builtins)) if type(other) is str]
    close = _close(name, known)
    if close is not None:
        return Hint("name_close", {"name": _short(name), "close": _short(close)})
    return Hint("name", {"name": _short(name)})


def _imported(message: str) -> Hint | None:
    match = re.search(r"cannot import name '(\w+)' from '([\w.]+)'", message)
    if match is None:
        return None
    module = sys.modules.get(match[2])
    known = vars(module) if type(module) is ModuleType else {}
    if close := _close(match[1], [key for key in known if type(key) is str]):
        return Hint("attribute_close", {"name": _short(match[1]), "close": _short(close)})
    return Hint("import_name", {"name": _short(match[1])})


def _none(names: Mapping[str, Any], statement: str) -> Hint:
    """A None: often `.grad`, of a non-leaf, or before any backward."""
    for path in re.findall(r"([^\W\d]\w*)(?:\.data)?\.grad\b", statement):
        tensor = names.get(path)
        if not isinstance(tensor, torch.Tensor):
            continue
        if not is_leaf(tensor) and not tensor.retains_grad:
            return Hint("grad_nonleaf", {"name": _short(path)})
        if not tensor.requires_grad:
            return Hint("grad_not_asked", {"name": _short(path)})
        if own_grad(tensor) is None:
            return Hint("grad_none")
    return Hint("none")


def _attribute(error: AttributeError) -> Hint | None:
    # Read everything while bypassing the program's own classes: these could run its code.
    name = _text(AttributeError.__dict__["name"].__get__(error))
    owner = AttributeError.__dict__["obj"].__get__(error)
    known: set[str] = set()
    if type(owner) is ModuleType:
        known.update(key for key in vars(owner) if type(key) is str)
    for kind in type.__dict__["__mro__"].__get__(type(owner)):
        table = type.__dict__["__dict__"].__get__(kind)
        known.update(key for key in table if type(key) is str)
        if type(own := table.get("__dict__")) is GetSetDescriptorType:
            mine = own.__get__(owner)
            known.update(key for key in mine if type(key) is str)
            for part in ("_parameters", "_buffers", "_modules"):  # not in __dict__
                if type(held := mine.get(part)) is dict:
                    known.update(key for key in held if type(key) is str)
    close = _close(name, known)
    if close is None:
        if type(owner) is ModuleType and owner.__name__ in vision.PARTS:
            return Hint("no_course_package", {"name": owner.__name__.partition(".")[0]})
        return None
    return Hint("attribute_close", {"name": _short(name), "close": _short(close)})


def _argument(message: str) -> Hint | None:
    match = re.search(r"unexpected keyword argument '(\w+)'", message)
    if match and (close := _close(match[1], _KEYWORDS)):
        return Hint("keyword_close", {"name": _short(match[1]), "close": close})
    match = re.search(r"unsupported operand type.*'(\w+)'", message)
    for name in re.findall(r"'(\w+)'", message) if match else ():
        if isinstance(layer := getattr(torch.nn, name, None), type) and issubclass(
            layer, torch.nn.Module
        ):
            return Hint("layer_not_tensor", {"name": name})
    return None
