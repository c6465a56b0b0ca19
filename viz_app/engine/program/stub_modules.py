"""Stand-ins for modules that teaching programs import to draw and to show progress.

They let the program run and note once, in its output, what is not shown. Every attribute, call,
index and sum of a stand-in gives a stand-in. The program's own loops over them are as long as with
the real modules: the items of a progress bar, the axes of `subplots`.
"""

import dis
import importlib.abc
import importlib.machinery
import itertools
import sys
from collections.abc import Iterator, Sequence
from types import FrameType, ModuleType
from typing import Any

import numpy as np

_DRAWING = ("matplotlib", "mpl_toolkits", "seaborn")
_PROGRESS = ("tqdm",)
_NOTEBOOK = ("IPython", "matplotlib_inline")
NAMES = (*_DRAWING, *_PROGRESS, *_NOTEBOOK)


class _Anything:
    """An object that answers every request with itself or another of its kind."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _axes if name == "subplots" else _Anything()

    def __call__(self, *_: Any, **__: Any) -> "_Anything":
        return _Anything()

    def __getitem__(self, _: Any) -> "_Anything":
        return _Anything()

    def __setitem__(self, _: Any, __: Any) -> None:
        pass

    def __iter__(self) -> Iterator["_Anything"]:
        return iter([_Anything() for _ in range(_wanted(sys._getframe(1)))])

    def __enter__(self) -> "_Anything":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __mro_entries__(self, _: Any) -> tuple[type, ...]:
        return (_Anything,)

    def __repr__(self) -> str:
        return "<not shown here>"

    def __format__(self, _: str) -> str:
        return repr(self)

    __add__ = __sub__ = __mul__ = __truediv__ = __pow__ = __matmul__ = __getitem__
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __neg__ = __call__


def _wanted(frame: FrameType) -> int:
    """The number of values a stand-in is unpacked to (`line, = ax.plot(x)`); two for a plain
    loop."""
    code, place = frame.f_code.co_code, frame.f_lasti
    return code[place + 1] if dis.opname[code[place]] == "UNPACK_SEQUENCE" else 2


def _axes(nrows: int = 1, ncols: int = 1, *, squeeze: bool = True, **_: Any) -> Any:
    """The axes of `Figure.subplots`, in an array of matplotlib's shape."""
    axes = np.empty((nrows, ncols), dtype=object)
    for place in itertools.product(range(nrows), range(ncols)):
        axes[place] = _Anything()
    if not squeeze:
        return axes
    return axes.item() if axes.size == 1 else axes.squeeze()


def _subplots(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    return _Anything(), _axes(*args, **kwargs)


class _Bar:
    """A replacement for tqdm's bar: it iterates over the items it was given."""

    def __init__(self, iterable: Any = None, *_: Any, total: int | None = None, **__: Any) -> None:
        self.iterable, self.total, self.n = iterable, total, 0

    def __iter__(self) -> Iterator[Any]:
        for item in self.iterable:
            self.n += 1
            yield item

    def __len__(self) -> int:
        return (self.total or 0) if self.iterable is None else len(self.iterable)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, n: int = 1) -> None:
        self.n += n

    def __getattr__(self, name: str) -> Any:  # set_postfix, refresh, close and all others
        return getattr(_Anything(), name)

    @staticmethod
    def write(text: str, *_: Any, **__: Any) -> None:
        print(text)


_BARS = {
    "tqdm": _Bar,
    "trange": lambda *args, **_: _Bar(range(*args)),
    "tqdm_notebook": _Bar,
    "tnrange": lambda *args, **_: _Bar(range(*args)),
    "tenumerate": lambda items, start=0, **_: enumerate(items, start),
    "tzip": lambda *items, **_: zip(*items, strict=False),
    "tmap": lambda function, *items, **_: map(function, *items),
}


def _display(*values: Any, **_: Any) -> None:
    for value in values:
        print(repr(value))


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _Anything()


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The finder of the stand-ins by name, whether or not the real module is installed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] not in NAMES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def __init__(self) -> None:
        self._made: list[str] = []

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        self._made.append(spec.name)
        return _StandIn(spec.name)

    def forget(self) -> None:
        """Remove the stand-ins from `sys.modules` again."""
        for name in self._made:
            sys.modules.pop(name, None)

    def exec_module(self, module: ModuleType) -> None:
        top = module.__name__.split(".")[0]
        if top in _PROGRESS:
            module.__dict__.update(_BARS)
            if module.__name__ == top:
                # `import tqdm` includes these parts.
                module.__dict__.update(dict.fromkeys(("auto", "notebook", "std"), module))
                print("[tqdm: the progress bar is not shown here]")
        elif top in _NOTEBOOK:
            module.__dict__.update(display=_display, clear_output=lambda *_, **__: None)
        else:
            module.__dict__["subplots"] = _subplots
        if top in _DRAWING and module.__name__ == top:
            print(f"[{top}: pictures are not drawn here]")
