"""The replacements in torch act while a program runs; otherwise torch's own functions do."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
import torch
from torch.overrides import TorchFunctionMode

from viz_app.engine import client, wire
from viz_app.engine.record import torch_patches
from viz_app.engine.record.torch_patches import PATCHES, present
from viz_app.patches import Patch, lent


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    torch_patches.install()
    state = present.programs, present.files, present.listening, present.rerun
    assert state == (0, False, None, None)
    yield
    assert (present.programs, present.files, present.listening, present.rerun) == state


def asked(name: str, *arguments: Any) -> list[str]:
    """The names of the originals that the replacement of this name calls."""
    found: list[str] = []
    (patch,) = (each for each in PATCHES if each.name == name)

    def inner(*_: Any, **__: Any) -> None:
        found.append(name)

    made = patch.make(inner)(*arguments)
    if isinstance(made, AbstractContextManager):  # a file that is being written
        with made:
            pass
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


def test_torch_opens_files_itself_unless_the_program_has_its_own(tmp_path: Path) -> None:
    file = tmp_path / "numbers"
    file.write_bytes(bytes(8))
    cases = (("from_file", (str(file), False, 8)), ("_open_zipfile_writer", (str(file),)))
    for name, arguments in cases:
        with torch_patches.program():
            assert asked(name, *arguments) == [name]
            with torch_patches.own_files():
                assert asked(name, *arguments) == []
            assert asked(name, *arguments) == [name]


def test_seeding_a_device_that_is_not_in_use_is_left_out_of_a_rerun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = mock.Mock(return_value=[])
    monkeypatch.setattr(traceback, "format_stack", noted)
    torch.manual_seed(0)
    queued = noted.call_count
    assert queued  # for each kind of device that this version of torch seeds
    first = torch.rand(3)
    with monkeypatch.context() as during:
        during.setattr(present, "rerun", SimpleNamespace())
        torch.manual_seed(0)
        assert noted.call_count == queued
        assert torch.equal(torch.rand(3), first)
        during.setattr(torch.cuda, "is_initialized", lambda: True)
        seed = mock.Mock()
        vars(torch.cuda.random)["_lazy_call"](seed, seed_all=True)
        seed.assert_called_once_with()


def test_a_lent_replacement_of_an_inherited_function_leaves_no_trace() -> None:
    class Base:
        @staticmethod
        def answer() -> int:
            return 1

    class Inheritor(Base):
        pass

    with lent((Patch(Inheritor, "answer", lambda inner: staticmethod(lambda: inner() + 1), ""),)):
        assert (Base.answer(), Inheritor.answer()) == (1, 2)
    assert (Inheritor.answer(), "answer" in vars(Inheritor)) == (1, False)


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
    assert sum(message.endswith(" is not tested: 0.1") for message in caplog.messages) == 1
