"""The replacements in torch act while a program runs; otherwise torch's own functions do."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode

from viz_app.engine import client, wire
from viz_app.engine.record import torch_patches
from viz_app.engine.record.torch_patches import PATCHES, present


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    torch_patches.install()
    assert (present.programs, present.listening, present.rerun) == (0, None, None)
    yield
    assert (present.programs, present.listening, present.rerun) == (0, None, None)


def asked(name: str, *arguments: Any) -> list[str]:
    """True if a replacement of this name calls the original."""
    found: list[str] = []
    (patch,) = (each for each in PATCHES if each.name == name)

    def inner(*_: Any, **__: Any) -> None:
        found.append(name)

    patch.make(inner)(*arguments)
    return found


@pytest.mark.parametrize(
    ("name", "argument"),
    [("compile", None), ("set_num_threads", 2), ("set_num_interop_threads", 2)],
)
def test_torchs_own_function_is_called_between_programs_only(name: str, argument: Any) -> None:
    assert asked(name, argument) == [name]
    with torch_patches.program():
        assert asked(name, argument) == []
    assert asked(name, argument) == [name]


def test_loader_has_workers_between_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr(
        torch_patches,
        "_SingleProcessDataLoaderIter",
        lambda loader: made.append(loader.num_workers),
    )
    loader = SimpleNamespace(num_workers=2, timeout=5)
    assert asked("_get_iterator", loader) == ["_get_iterator"]
    with torch_patches.program():
        assert asked("_get_iterator", loader) == []
    assert (made, loader.num_workers) == ([0], 2)


def test_foreign_function_mode_sees_plain_tensors() -> None:
    class Mode(TorchFunctionMode):
        pass

    tensor = torch.ones(1)
    with Mode():
        assert torch.overrides.has_torch_function((tensor,))


def test_each_replacement_has_a_reason() -> None:
    assert all(patch.why.endswith(".") and "  " not in patch.why for patch in PATCHES)
    assert len({(patch.owner, patch.name) for patch in PATCHES}) == len(PATCHES)


def test_untested_version_causes_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client.start()
    monkeypatch.setattr(wire, "TESTED", ("0.1",))
    monkeypatch.setattr(client, "Zygote", lambda sandbox: client._engine._zygote)
    with caplog.at_level(logging.WARNING):
        client.Engine().start()  # with the zygote that runs: another takes seconds to import torch
    assert [" is not tested: 0.1" in message for message in caplog.messages] == [True]
