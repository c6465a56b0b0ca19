"""Stand-ins for what teaching programs import to draw and to show progress.

They let the program run and say once, in its output, what is not shown. Anything can be asked of
them: every attribute, call, index and loop over a stand-in gives a stand-in.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

_DRAWING = ("matplotlib", "mpl_toolkits", "seaborn")
_PROGRESS = ("tqdm",)
_NOTEBOOK = ("IPython",)
NAMES = (*_DRAWING, *_PROGRESS, *_NOTEBOOK)


class _Anything:
    """Answers every request with itself or another of its kind; prints as nothing much."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _Anything()

    def __call__(self, *_: Any, **__: Any) -> "_Anything":
        return _Anything()

    def __getitem__(self, _: Any) -> "_Anything":
        return _Anything()

    def __setitem__(self, _: Any, __: Any) -> None:
        pass

    def __iter__(self) -> Iterator["_Anything"]:
        # `fig, ax = plt.subplots()` and `for ax in axes` both want something; two is the usual.
        return iter((_Anything(), _Anything()))

    def __enter__(self) -> "_Anything":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __mro_entries__(self, _: Any) -> tuple[type, ...]:
        return (_Anything,)

    def __repr__(self) -> str:
        return "<not shown here>"


class _Bar:
    """tqdm's bar without the bar: goes through the items it was given."""

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

    def set_description(self, *_: Any, **__: Any) -> None:
        pass

    set_postfix = set_postfix_str = set_description_str = set_description
    refresh = close = clear = reset = set_description

    @staticmethod
    def write(text: str, *_: Any, **__: Any) -> None:
        print(text)


def _display(*values: Any, **_: Any) -> None:
    for value in values:
        print(repr(value))


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _Anything()


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the stand-ins by name, whether or not the real thing is installed."""

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
        """Take the stand-ins out of `sys.modules` again."""
        for name in self._made:
            sys.modules.pop(name, None)

    def exec_module(self, module: ModuleType) -> None:
        top = module.__name__.split(".")[0]
        if top in _PROGRESS:
            bar: Any = _Bar
            module.__dict__.update(tqdm=bar, trange=lambda *a, **k: _Bar(range(*a)))
            if module.__name__ == top:
                print("[tqdm: the progress bar is not shown here]")
        elif top in _NOTEBOOK:
            module.__dict__.update(display=_display, clear_output=lambda *_, **__: None)
        elif module.__name__ == top:
            print(f"[{top}: pictures are not drawn here]")
