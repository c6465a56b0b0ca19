"""Stubs for modules that teaching programs import to draw, to log and to show progress.

They let the program run and note once, in its output, what is not shown. Every attribute, call,
index and sum of a stub gives a stub. The program's own loops over them are as long as with the real
modules: the items of a progress bar, the axes of `subplots`.
"""

import builtins
import datetime
import dis
import importlib.abc
import importlib.machinery
import importlib.metadata
import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from types import FrameType, ModuleType
from typing import Any

import numpy as np

from viz_app.engine.program import given_files, vision

_DRAWING = (
    "matplotlib", "mpl_toolkits", "pylab", "seaborn", "plotly", "bokeh", "altair", "graphviz",
    "torchviz", "hiddenlayer", "pandas.plotting._matplotlib",
)  # fmt: skip
_PROGRESS = ("tqdm",)
_LOGGING = ("torch.utils.tensorboard", "tensorboard", "tensorboardX", "wandb", "visdom")
_NOTEBOOK = ("IPython", "matplotlib_inline", "ipywidgets")
_VISION = ("torchvision",)
NAMES = (*_DRAWING, *_PROGRESS, *_LOGGING, *_NOTEBOOK)

_PYPLOT = """
    acorr annotate arrow autoscale axes axhline axhspan axis axline axvline axvspan bar bar_label
    barbs barh box boxplot broken_barh cla clabel clf clim close cohere colorbar contour contourf
    csd delaxes draw ecdf errorbar eventplot figimage figlegend fignum_exists figtext figure fill
    fill_between fill_betweenx findobj gca gcf gci getp ginput grid hexbin hist hist2d hlines
    imread imsave imshow ioff ion isinteractive legend locator_params loglog magnitude_spectrum
    margins matshow minorticks_off minorticks_on pause pcolor pcolormesh phase_spectrum pie plot
    polar psd quiver quiverkey rc rc_context rcParams rcdefaults savefig sca scatter sci semilogx
    semilogy set_cmap setp show specgram spy stackplot stairs stem step streamplot style subplot
    subplot2grid subplot_mosaic subplots subplots_adjust suptitle switch_backend table text
    thetagrids tick_params ticklabel_format tight_layout title tricontour tricontourf tripcolor
    triplot twinx twiny violinplot vlines xcorr xkcd xlabel xlim xscale xticks ylabel ylim yscale
    yticks
""".split()
"""The names that `from matplotlib.pyplot import *` binds."""


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
    """The number of values that a stub is unpacked into (`line, = ax.plot(x)`); two for a plain
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

    def __init__(
        self, iterable: Any = None, desc: Any = None, total: Any = None, *_: Any, **rest: Any
    ) -> None:
        self.iterable, self.desc, self.n = iterable, desc, rest.get("initial", 0)
        if total is None and hasattr(iterable, "__len__"):
            total = len(iterable)
        self.total = total

    def __iter__(self) -> Iterator[Any]:
        for item in self.iterable:
            yield item
            self.n += 1

    def __reversed__(self) -> Iterator[Any]:
        yield from reversed(self.iterable)

    def __contains__(self, item: Any) -> bool:
        return item in self.iterable

    def __len__(self) -> int:
        return (self.total or 0) if self.iterable is None else len(self.iterable)

    def __bool__(self) -> bool:
        return bool(self.total) if self.total is not None else self.iterable is not None

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, n: int = 1) -> None:
        self.n += n

    def reset(self, total: int | None = None) -> None:
        self.n, self.total = 0, self.total if total is None else total

    def set_description(self, desc: Any = None, **_: Any) -> None:
        self.desc = f"{desc}: " if desc else ""

    def set_description_str(self, desc: Any = None, **_: Any) -> None:
        self.desc = desc or ""

    def __getattr__(self, name: str) -> Any:  # set_postfix, refresh, close and all others
        return getattr(_Anything(), name)

    @staticmethod
    def write(text: str, file: Any = None, end: str = "\n", **_: Any) -> None:
        print(text, file=file, end=end)

    @staticmethod
    def pandas(*_: Any, **__: Any) -> None:
        """Give pandas `progress_apply`, which is `apply` where no bar is shown."""
        if (frames := sys.modules.get("pandas")) is not None:
            for kind in (frames.Series, frames.DataFrame):
                kind.progress_apply = kind.apply
            frames.Series.progress_map = frames.Series.map


_BARS = {
    "tqdm": _Bar,
    "trange": lambda *args, **_: _Bar(range(*args)),
    "tqdm_notebook": _Bar,
    "tnrange": lambda *args, **_: _Bar(range(*args)),
    "tqdm_pandas": _Bar.pandas,
    "tenumerate": lambda items, start=0, **_: enumerate(items, start),
    "tzip": lambda *items, **_: zip(*items, strict=False),
    "tmap": lambda function, *items, **_: map(function, *items),
    "thread_map": lambda function, *items, **_: list(map(function, *items)),
    "process_map": lambda function, *items, **_: list(map(function, *items)),
}


def display(*values: Any, **_: Any) -> None:
    """Print the values as a notebook shows them."""
    for value in values:
        print(repr(value))


def get_ipython() -> _Anything:
    """A stub of the shell whose commands a notebook's cell calls."""
    return _Anything()


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _Anything()


class _Display(_StandIn):
    """`IPython.display`: the module, which some programs call like the function in it."""

    def __call__(self, *values: Any, **_: Any) -> None:
        display(*values)


def _key(name: str) -> str:
    """A package's name as it is compared: `Scikit_Learn` is scikit-learn."""
    return re.sub(r"[-_.]+", "-", name).lower()


PACKAGES = (
    "torch", "numpy", "networkx", "jinja2", "packaging", "sympy", "typing-extensions", "filelock",
    "fsspec", "mpmath", "markupsafe", *given_files.PACKAGES,
)  # fmt: skip
"""Packages that every program may import."""


def _descriptions() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        yield name, f"Name: {found.metadata['Name']}\nVersion: {found.version}\n"


INSTALLED = dict(_descriptions())
"""The metadata of those that are installed, read before the wall."""


class _Installed(importlib.metadata.Distribution):
    """A package by its name and version, without its files."""

    def __init__(self, name: str) -> None:
        self._about = INSTALLED[name]

    def read_text(self, filename: str) -> str | None:
        return self._about if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Any:
        raise FileNotFoundError(path)


def _stands_in(name: str) -> str | None:
    """The package whose stub has this module, None if there is none."""
    parts = name.split(".")
    heads = (".".join(parts[: end + 1]) for end in range(len(parts)))
    return next((head for head in heads if head in NAMES), None)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The import finder of the stubs, which are found whether or not the real module is
    installed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] in _VISION:
            # The real one is in `sys.modules` already if it can be imported with this torch.
            return (
                importlib.machinery.ModuleSpec(fullname, self) if fullname in vision.PARTS else None
            )
        if _stands_in(fullname) is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterator[importlib.metadata.Distribution]:
        """The installed packages, whose files can't be read behind the wall."""
        wanted = context.name if context is not None else None
        for name in INSTALLED:
            if wanted is None or name == _key(wanted):
                yield _Installed(name)

    def __init__(self) -> None:
        self._made: list[str] = []

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        self._made.append(spec.name)
        if spec.name in vision.PARTS:
            module = ModuleType(spec.name)
            module.__path__ = []  # a package, whose parts are asked of `find_spec`
            return module
        return (_Display if spec.name == "IPython.display" else _StandIn)(spec.name)

    def forget(self) -> None:
        """Remove the stubs from `sys.modules`."""
        for name in self._made:
            sys.modules.pop(name, None)
            parent, _, part = name.rpartition(".")
            if parent in sys.modules:
                vars(sys.modules[parent]).pop(part, None)

    def exec_module(self, module: ModuleType) -> None:
        name, names = module.__name__, module.__dict__
        if name in vision.PARTS:
            names.update(vision.PARTS[name]())
            return
        top = _stands_in(name)
        notice = None
        if top in _PROGRESS:
            names.update(_BARS)
            notice = "the progress bar is not shown here"
            if name == top:  # `import tqdm` includes these parts.
                names.update(dict.fromkeys(("auto", "notebook", "std"), module))
        elif top in _NOTEBOOK:
            names.update(clear_output=lambda *_, **__: None, get_ipython=get_ipython)
            names["display"] = (
                display if name != "IPython" else importlib.import_module("IPython.display")
            )
        elif top in _LOGGING:
            notice = "nothing is logged here"
        else:
            notice = "pictures are not drawn here"
            names["subplots"] = _subplots
            if name == "pylab":
                names.update(_numpy_as_in_pylab())
            if name in ("pylab", "matplotlib.pyplot"):
                names["__all__"] = [*_PYPLOT, *(key for key in names if key[:1] != "_")]
        if notice is not None and name == top:
            print(f"[{top}: {notice}]", file=sys.stderr)


def _numpy_as_in_pylab() -> dict[str, Any]:
    """The names of numpy that `pylab` has in addition to pyplot's; Python's own names stay
    unchanged."""
    names: dict[str, Any] = {"np": np, "numpy": np, "ma": np.ma, "datetime": datetime}
    for part in (np, np.fft, np.random, np.linalg):
        names.update((key, getattr(part, key)) for key in part.__all__)
    kept = ("bytes", "abs", "bool", "max", "min", "pow", "round")
    return names | {key: getattr(builtins, key) for key in kept}
