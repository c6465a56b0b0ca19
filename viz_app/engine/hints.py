"""Which common mistake an exception is: a table from PyTorch's words to the key of a sentence.

The sentences themselves are in assets/text under "hint". First match wins.
"""

import re

_HINTS: tuple[tuple[str, str], ...] = (
    (r"backward through the graph a second time", "backward_twice"),
    (r"grad can be implicitly created only for scalar outputs", "not_scalar"),
    (r"a leaf Variable that requires grad .* in-place", "inplace_leaf"),
    (r"a view of a leaf Variable that requires grad", "inplace_leaf"),
    (r"modified by an inplace operation", "saved_modified"),
    (r"does not require grad and does not have a grad_fn", "no_grad_fn"),
    (r"appears to not have been used in the graph", "unused"),
    (r"Only Tensors of floating point and complex dtype can require gradients", "integer_grad"),
    (r"only Tensors of floating point dtype can require gradients", "integer_grad"),
    (r"shapes cannot be multiplied|size of tensor a .* must match|size mismatch", "shapes"),
    (r"view size is not compatible", "shapes"),
    (r"is invalid for input of size|shape mismatch|Expected size", "shapes"),
    (r"inconsistent tensor size|[Mm]ismatch in shape|to have \d+ channels", "shapes"),
    (r"CUDA|cuda|MPS|mps|Torch not compiled with|No HIP GPUs|XPU", "no_device"),
    (r"can't allocate memory|not enough memory|DefaultCPUAllocator", "memory"),
    (r"Can't call numpy\(\) on Tensor that requires grad", "numpy_grad"),
    (r"can't convert .* device type tensor to numpy", "no_device"),
    (r"element 0 of tensors|can't optimize a non-leaf", "no_grad_fn"),
    (r"expected scalar type|must have the same dtype|expected .* dtype|to have the same dtype"
     r"|could not infer output dtype|not implemented for '(Long|Int|Bool|Byte)'|target dtype",
     "dtypes"),
    (r"Trying to backward|grad_fn.*freed|Saved intermediate values", "backward_twice"),
    (r"Inplace update to inference tensor|Inference tensors cannot", "inference"),
)  # fmt: skip

_TYPES = {"MemoryError": "memory", "RecursionError": "recursion"}


def hint_for(type_name: str, message: str) -> str | None:
    """The key of the plain sentence for a common mistake, None for an uncommon one."""
    if type_name in ("PermissionError", "BlockingIOError", "FileNotFoundError", "OSError"):
        return "no_files"
    if type_name in _TYPES:
        return _TYPES[type_name]
    if type_name == "ModuleNotFoundError":
        return "no_module"
    for pattern, key in _HINTS:
        if re.search(pattern, message, re.DOTALL):
            return key
    return None
