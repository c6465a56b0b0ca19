"""Torch and everything a program may import, imported and used once before the first program."""

import contextlib
import importlib
import os
import platform
import random
import tempfile
import zoneinfo

from viz_app.engine.program import given_files, vision

PRELOAD = (
    # lazy imports of torch, when a teaching program first needs them
    "torch._dynamo", "torch._inductor", "torch._subclasses.schema_check_mode",
    "torch.fx.experimental.symbolic_shapes", "torch._decomp.decompositions_for_jvp",
    "torch.utils._device", "torch.utils.checkpoint", "torch.utils.data",
    "torch.utils.serialization.config",
    "torch.utils.flop_counter", "torch.utils.tensorboard._utils", "torch.optim.lr_scheduler",
    "torch.optim.swa_utils",
    "torch.autograd.functional", "torch.autograd.forward_ad", "torch.autograd.gradcheck",
    "torch.autograd.profiler", "torch.autograd.graph", "torch.distributions", "torch.func",
    "torch.nn.utils.parametrize", "torch.nn.utils.parametrizations", "torch.nn.utils.rnn",
    "torch.nn.utils.prune", "torch.nn.utils.stateless", "torch.nn.attention", "torch.fft",
    "torch.special", "torch.linalg", "torch.testing", "torch.sparse", "torch._functorch.vmap",
    "torch._inductor.compiler_bisector", "torch._inductor.fx_passes.dedupe_symint_uses",
    "torch._functorch.eager_transforms", "torch._functorch.apis", "functorch",
    "torch.utils.benchmark", "torch.nn.attention.flex_attention", "torch.ao.pruning",
    "torch.utils.model_zoo", "torch.nested._internal.ops", "torch.nn.attention.bias",
    "torch.masked.maskedtensor._ops_refs", "torch.backends.opt_einsum",
    # numpy's own lazy parts
    "numpy.random", "numpy.linalg", "numpy.fft", "numpy.polynomial", "numpy.ma", "numpy.testing",
    "numpy.typing", "numpy.matlib", "numpy.ctypeslib", "numpy.core",
    # packages that torch imports
    "networkx", "jinja2", "packaging.version", "multiprocessing.popen_fork",
    # the standard library as teaching code uses it
    "abc", "argparse", "array", "ast", "base64", "bisect", "calendar", "cmath", "cmd", "code",
    "collections.abc", "colorsys", "concurrent.futures.thread", "configparser", "contextlib",
    "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "doctest", "enum", "fractions",
    "functools", "getopt", "glob", "graphlib", "gzip", "hashlib", "heapq", "html", "inspect",
    "io", "itertools", "json", "logging",
    "math", "numbers", "operator", "optparse", "pathlib", "pdb", "pickle", "platform", "pprint",
    "pydoc", "queue", "random", "re", "sched", "secrets", "shutil", "statistics", "string",
    "struct", "tempfile", "textwrap", "threading", "time", "timeit", "tomllib", "trace",
    "traceback", "tracemalloc", "types", "typing", "unittest", "unittest.mock", "uuid", "warnings",
    "weakref", "xml.etree.ElementTree", "zipfile", "zlib", "zoneinfo", "typing_extensions", "tqdm",
    # codecs named in a text
    "encodings.utf_8_sig", "encodings.utf_16", "encodings.utf_32", "encodings.latin_1",
    "encodings.ascii", "encodings.cp437", "encodings.cp1252", "encodings.cp949", "encodings.euc_kr",
    "encodings.idna", "encodings.punycode", "encodings.unicode_escape",
    "encodings.raw_unicode_escape", "encodings.hex_codec", "encodings.base64_codec",
    "encodings.rot_13", "encodings.charmap",
)  # fmt: skip
"""Modules that a program may import: no file can be opened behind the wall."""

_ZONES = (
    "UTC", "Asia/Seoul", "Asia/Tokyo", "Asia/Shanghai", "Asia/Kolkata", "Europe/London",
    "Europe/Berlin", "Europe/Paris", "America/New_York", "America/Chicago", "America/Los_Angeles",
    "Australia/Sydney",
)  # fmt: skip
"""Time zones that a program may name; all 600 take 0.15 s."""

_zones: list[zoneinfo.ZoneInfo] = []
"""The zones of these that the host has: `zoneinfo` finds them again for as long as they exist."""


def warm_up() -> str:
    """Import and use once everything that torch sets up lazily; return torch's version.

    The CPU dispatch in particular: chosen behind the wall, where the CPU's description can't be
    read, it would fall back to another kernel, and `randn` would differ in the last bit.
    ImportError without torch.
    """
    folder = os.environ.pop(given_files.DATA, "")  # no program learns it
    environment = dict(os.environ)
    if os.name == "posix":  # torch looks it up; finding one would write to a disk that may be full
        tempfile.tempdir = "/tmp"
    import numpy
    import torch

    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    for name in (*PRELOAD, *given_files.COURSES):
        try:
            importlib.import_module(name)
        except (ImportError, RuntimeError, AttributeError):
            # An optional package, or one that does not fit this torch, as torchvision may: the
            # program's own import will fail instead.
            continue
    for name in _ZONES:
        with contextlib.suppress(zoneinfo.ZoneInfoNotFoundError):
            _zones.append(zoneinfo.ZoneInfo(name))
    given_files.read(folder)
    vision.install()
    # platform.uname() caches its answer: a program sees the system, not the host's name.
    platform._uname_cache = platform.uname()._replace(node="", release="", version="")  # type: ignore[attr-defined]
    before = torch.get_rng_state(), random.getstate(), numpy.random.get_state()
    torch.backends.cpu.get_cpu_capability()
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(72, 4)
    )
    optimiser = torch.optim.Adam(net.parameters())
    loss = torch.nn.functional.cross_entropy(net(torch.randn(2, 1, 8, 8)), torch.tensor([0, 1]))
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    repr(torch.matmul(torch.randn(3, 3), torch.rand(3, 3)).exp())
    repr(torch.func.vmap(torch.func.grad(lambda x: x.sin()))(torch.arange(3.0)))
    torch.set_rng_state(before[0])
    random.setstate(before[1])
    numpy.random.set_state(before[2])

    # torch._inductor puts a folder there that is named after the host's user.
    os.environ.clear()
    os.environ.update(environment)

    from viz_app.engine.record import torch_patches

    torch_patches.install()
    return str(torch.__version__)
