"""The part of torchvision that courses use for data, for hosts without torchvision.

Data sets and transforms on images, with torchvision's names, arguments and results. Where the real
package can be imported, it is used instead, and so are these data sets' files if the host has them
(`given_files.sets`). Otherwise a data set consists of 1,797 real digits, enlarged, and says so.
"""

import functools
import gzip
import importlib
import io
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from viz_app.engine.program.given_files import DIGITS

TRAIN = 1_437
"""Digits to train with; the other 360 are to test."""


@functools.cache
def _digits() -> np.ndarray[Any, Any]:
    return np.loadtxt(io.StringIO(gzip.decompress(DIGITS).decode("ascii")), delimiter=",")


def digits(train: bool, side: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Enlarged digits (N, side, side) of 0 to 255, and their classes. `side` is 28 or 32."""
    rows = _digits()[:TRAIN] if train else _digits()[TRAIN:]
    small = (rows[:, :-1].reshape(-1, 8, 8) * 255 / 16).astype(np.uint8)
    times = side // 8
    large = small.repeat(times, axis=1).repeat(times, axis=2)
    edge = (side - 8 * times) // 2
    return np.pad(large, ((0, 0), (edge, edge), (edge, edge))), rows[:, -1].astype(np.int64)


def _image(array: np.ndarray[Any, Any]) -> Any:
    from PIL import Image

    return Image.fromarray(array)


# ---- data sets --------------------------------------------------------------------------------


class VisionDataset(Dataset[Any]):
    """The base class of data sets of images."""

    def __init__(
        self,
        root: Any = None,
        transforms: Callable[..., Any] | None = None,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
    ) -> None:
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        self.transforms, self.transform, self.target_transform = (
            transforms, transform, target_transform
        )  # fmt: skip

    def extra_repr(self) -> str:
        return ""

    def __len__(self) -> int:
        raise NotImplementedError

    def __repr__(self) -> str:
        lines = [f"Number of datapoints: {len(self)}", f"Root location: {self.root}"]
        lines += [self.extra_repr()] if self.extra_repr() else []
        if self.transform is not None:
            lines += [
                "StandardTransform",
                f"Transform: {self.transform!r}".replace("\n", "\n" + " " * 11),
            ]
        return "\n".join([f"Dataset {type(self).__name__}", *(f"    {line}" for line in lines)])


class _Images(VisionDataset):
    """A data set in a folder of the host, or of digits."""

    classes: Sequence[str]
    _side = 28
    _shown = "handwritten digits"

    def __init__(
        self,
        root: Any = "data",
        train: bool = True,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, None, transform, target_transform)
        self.train = train
        found = self._read()
        if found is None:
            found = self._in_their_place()
        self._keep(*found)

    def _read(self) -> tuple[Any, Any] | None:
        raise NotImplementedError

    def _keep(self, images: Any, classes: Any) -> None:
        raise NotImplementedError

    def _in_their_place(self) -> tuple[Any, Any]:
        images, classes = digits(self.train, self._side)
        kind, size = type(self).__name__, "×".join([str(self._side)] * 2)
        note = (
            f"[{kind} is not on this machine, and nothing can be downloaded. In its place: "
            f"{len(classes):,} real handwritten digits ({'train' if self.train else 'test'} part "
            f"of scikit-learn's 1,797 digits of 8×8 pixels), enlarged to {size}"
        )
        if kind != "MNIST":
            note += f"; they are digits 0 to 9, not {self._shown}"
        print(f"{note}.]")
        return images, classes

    @property
    def class_to_idx(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.classes)}

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train else 'Test'}"

    def _given(self, image: Any, target: Any) -> tuple[Any, Any]:
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target


class MNIST(_Images):
    classes: Sequence[str] = (
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six",
        "7 - seven", "8 - eight", "9 - nine",
    )  # fmt: skip

    def _read(self) -> tuple[Any, Any] | None:
        part = "train" if self.train else "t10k"
        folder = os.path.join(os.fspath(self.root), type(self).__name__, "raw")
        images = _idx(os.path.join(folder, f"{part}-images-idx3-ubyte"))
        classes = _idx(os.path.join(folder, f"{part}-labels-idx1-ubyte"))
        return None if images is None or classes is None else (images, classes)

    def _keep(self, images: Any, classes: Any) -> None:
        with torch._C.DisableTorchFunction():
            self.data = torch.from_numpy(images)
            self.targets = torch.from_numpy(classes.astype(np.int64))
        self.classes = list(self.classes)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        with torch._C.DisableTorchFunction():
            image, target = _image(self.data[index].numpy()), int(self.targets[index])
        return self._given(image, target)

    def __len__(self) -> int:
        return len(self.data)


class FashionMNIST(MNIST):
    classes: Sequence[str] = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot",
    )  # fmt: skip
    _shown = "clothes"


class KMNIST(MNIST):
    classes: Sequence[str] = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    _shown = "Japanese letters"


class CIFAR10(_Images):
    classes: Sequence[str] = (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    )  # fmt: skip
    _side = 32
    _shown = "photographs"

    def _read(self) -> tuple[Any, Any] | None:
        names = [f"data_batch_{n}" for n in range(1, 6)] if self.train else ["test_batch"]
        images, classes = [], []
        for name in names:
            path = os.path.join(os.fspath(self.root), "cifar-10-batches-py", name)
            if not os.path.exists(path):
                return None
            with open(path, "rb") as file:
                batch = pickle.load(file, encoding="latin1")
            images.append(batch["data"])
            classes.extend(batch["labels"])
        whole = np.vstack(images).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return np.ascontiguousarray(whole), np.array(classes)

    def _keep(self, images: Any, classes: Any) -> None:
        self.data = images if images.ndim == 4 else images[..., None].repeat(3, axis=3)
        self.targets = [int(number) for number in classes]
        self.classes = list(self.classes)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        return self._given(_image(self.data[index]), self.targets[index])

    def __len__(self) -> int:
        return len(self.data)


def _idx(path: str) -> np.ndarray[Any, Any] | None:
    """An array in MNIST's format, packed or not; None if there is no such file."""
    for name, opened in ((path, open), (f"{path}.gz", gzip.open)):
        if os.path.exists(name):
            with opened(name, "rb") as file:
                content = file.read()
            shape = np.frombuffer(content, ">i4", content[3], 4)
            return np.frombuffer(content, np.uint8, -1, 4 + 4 * content[3]).reshape(shape).copy()
    return None


# ---- transforms -------------------------------------------------------------------------------


def _is_image(it: Any) -> bool:
    from PIL import Image

    return isinstance(it, Image.Image)


def to_tensor(image: Any) -> torch.Tensor:
    """An image of 0 to 255 as a float tensor of 0 to 1, channels first."""
    with torch._C.DisableTorchFunction():
        array = np.array(image, copy=True)
        if array.ndim == 2:
            array = array[:, :, None]
        tensor = torch.from_numpy(array.transpose((2, 0, 1))).contiguous()
        if tensor.dtype == torch.uint8:
            return tensor.to(torch.get_default_dtype()).div(255)
        return tensor


def normalize(tensor: torch.Tensor, mean: Any, std: Any, inplace: bool = False) -> torch.Tensor:
    """Subtract the means of the channels and divide by their deviations."""
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    tensor = tensor if inplace else tensor.clone()
    means = torch.as_tensor(mean, dtype=tensor.dtype)
    deviations = torch.as_tensor(std, dtype=tensor.dtype)
    if (deviations == 0).any():
        raise ValueError(f"std evaluated to zero after conversion to {tensor.dtype}")
    means = means.view(-1, 1, 1) if means.ndim == 1 else means
    deviations = deviations.view(-1, 1, 1) if deviations.ndim == 1 else deviations
    return tensor.sub_(means).div_(deviations)


class Compose:
    def __init__(self, transforms: Sequence[Callable[..., Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return "\n".join(["Compose(", *(f"    {one}" for one in self.transforms), ")"])


class ToTensor:
    def __call__(self, pic: Any) -> torch.Tensor:
        return to_tensor(pic)

    def __repr__(self) -> str:
        return "ToTensor()"


class PILToTensor:
    def __call__(self, pic: Any) -> torch.Tensor:
        array = np.array(pic, copy=True)
        return torch.from_numpy(array.reshape(*array.shape[:2], -1).transpose((2, 0, 1)).copy())

    def __repr__(self) -> str:
        return "PILToTensor()"


class ToPILImage:
    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:
        if isinstance(pic, torch.Tensor):
            pic = pic.unsqueeze(0) if pic.ndim == 2 else pic
            if pic.is_floating_point():
                pic = pic.mul(255).byte()
            pic = pic.detach().numpy().transpose((1, 2, 0))
        return _image(pic[:, :, 0] if pic.ndim == 3 and pic.shape[2] == 1 else pic)


class Normalize(torch.nn.Module):
    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor: torch.Tensor) -> torch.Tensor:
        if tensor.requires_grad:
            return normalize(tensor, self.mean, self.std, self.inplace)
        with torch._C.DisableTorchFunction():
            return normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


class Lambda:
    def __init__(self, lambd: Callable[..., Any]) -> None:
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)

    def __repr__(self) -> str:
        return "Lambda()"


class Resize:
    def __init__(self, size: int | Sequence[int], interpolation: Any = 2, **_: Any) -> None:
        self.size, self.interpolation = size, interpolation

    def __call__(self, img: Any) -> Any:
        if not _is_image(img):
            raise TypeError("Resize takes an image here: put it before ToTensor.")
        if isinstance(self.size, int):
            width, height = img.size
            short = min(width, height)
            size = int(self.size * width / short), int(self.size * height / short)
        else:
            size = self.size[1], self.size[0]
        return img.resize(size, getattr(self.interpolation, "value", self.interpolation))


class CenterCrop:
    def __init__(self, size: int | Sequence[int]) -> None:
        self.size = (size, size) if isinstance(size, int) else tuple(size)

    def __call__(self, img: Any) -> Any:
        height, width = self.size
        across, down = img.size if _is_image(img) else (img.shape[-1], img.shape[-2])
        top, left = round((down - height) / 2.0), round((across - width) / 2.0)
        return _cropped(img, top, left, height, width)


class Grayscale:
    def __init__(self, num_output_channels: int = 1) -> None:
        self.channels = num_output_channels

    def __call__(self, img: Any) -> Any:
        grey = img.convert("L")
        return grey if self.channels == 1 else _image(np.array(grey)[..., None].repeat(3, axis=2))


class RandomHorizontalFlip(torch.nn.Module):
    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        if torch.rand(1) < self.p:
            return _image(np.array(img)[:, ::-1].copy()) if _is_image(img) else img.flip(-1)
        return img


class RandomCrop(torch.nn.Module):
    def __init__(self, size: int | Sequence[int], padding: int | None = None, **_: Any) -> None:
        super().__init__()
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.padding = padding

    def forward(self, img: Any) -> Any:
        if self.padding:
            img = _padded(img, self.padding)
        across, down = img.size if _is_image(img) else (img.shape[-1], img.shape[-2])
        height, width = self.size
        if (across, down) == (width, height):
            return img
        top = int(torch.randint(0, down - height + 1, (1,)).item())
        left = int(torch.randint(0, across - width + 1, (1,)).item())
        return _cropped(img, top, left, height, width)


class RandomRotation(torch.nn.Module):
    def __init__(self, degrees: float | Sequence[float], **_: Any) -> None:
        super().__init__()
        self.degrees = (-degrees, degrees) if isinstance(degrees, int | float) else tuple(degrees)

    def forward(self, img: Any) -> Any:
        angle = float(torch.empty(1).uniform_(*map(float, self.degrees)).item())
        return img.rotate(angle)


class Pad:
    def __init__(self, padding: int, **_: Any) -> None:
        self.padding = padding

    def __call__(self, img: Any) -> Any:
        return _padded(img, self.padding)


def _padded(img: Any, padding: int) -> Any:
    if not _is_image(img):
        return torch.nn.functional.pad(img, [padding] * 4)
    array = np.array(img)
    return _image(np.pad(array, [(padding, padding)] * 2 + [(0, 0)] * (array.ndim - 2)))


def _cropped(img: Any, top: int, left: int, height: int, width: int) -> Any:
    if _is_image(img):
        return img.crop((left, top, left + width, top + height))
    return img[..., top : top + height, left : left + width]


def make_grid(tensor: Any, nrow: int = 8, padding: int = 2, normalize: bool = False,
              value_range: Any = None, scale_each: bool = False, pad_value: float = 0.0,
              ) -> torch.Tensor:  # fmt: skip
    """Images (N, C, H, W) in one picture of `nrow` columns."""
    images = torch.stack(list(tensor)) if isinstance(tensor, list | tuple) else tensor
    images = images.reshape(-1, *images.shape[-3:]) if images.ndim > 2 else images[None, None]
    if images.shape[1] == 1:
        images = torch.cat((images, images, images), 1)
    if normalize:
        low, high = value_range or (float(images.min()), float(images.max()))
        images = images.clone().clamp_(low, high).sub_(low).div_(max(high - low, 1e-5))
    if len(images) == 1:
        return images.squeeze(0)
    columns = min(nrow, len(images))
    rows = -(-len(images) // columns)
    height, width = images.shape[2] + padding, images.shape[3] + padding
    size = (images.shape[1], height * rows + padding, width * columns + padding)
    grid = images.new_full(size, pad_value)
    for number, image in enumerate(images):
        top, left = (number // columns) * height + padding, (number % columns) * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = image
    return grid


def install() -> None:
    """Put these data sets into the real torchvision, whose own would be downloaded."""
    if (real := sys.modules.get("torchvision.datasets")) is not None:
        vars(real).update(_DATASETS)


# ---- the modules ------------------------------------------------------------------------------


def _classes(*kinds: type) -> dict[str, Any]:
    return {kind.__name__: kind for kind in kinds}


_DATASETS = _classes(VisionDataset, MNIST, FashionMNIST, KMNIST, CIFAR10)
_TRANSFORMS = _classes(
    Compose, ToTensor, PILToTensor, ToPILImage, Normalize, Lambda, Resize, CenterCrop, Grayscale,
    RandomHorizontalFlip, RandomCrop, RandomRotation, Pad,
)  # fmt: skip
_FUNCTIONAL = {"to_tensor": to_tensor, "normalize": normalize}


def _part(name: str) -> ModuleType:
    return importlib.import_module(name)


def _top() -> dict[str, Any]:
    parts = ("datasets", "transforms", "utils")
    return {"__version__": "0", **{part: _part(f"torchvision.{part}") for part in parts}}


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "torchvision": _top,
    "torchvision.datasets": lambda: dict(_DATASETS),
    "torchvision.transforms": lambda: {
        **_TRANSFORMS, "functional": _part("torchvision.transforms.functional")
    },
    "torchvision.transforms.functional": lambda: dict(_FUNCTIONAL),
    "torchvision.utils": lambda: {"make_grid": make_grid},
}  # fmt: skip
"""The names in each module."""
