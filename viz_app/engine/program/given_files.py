"""Files that a program may read though it did not write them: data of packages, and of the host.

They are read before the wall. `Files` shows them, and none of them can be changed.
"""

import importlib.resources
import mmap
import sys
from collections.abc import Iterator
from pathlib import Path

from viz_app.paths import ASSETS

COURSES = (
    "pandas", "pandas.core.methods.to_dict", "pandas.core.reshape.reshape",
    "pandas.io.formats.csvs", "pandas.io.formats.html", "pandas.io.formats.string",
    "pandas.io.formats.style", "pandas.io.formats.style_render", "pyarrow.pandas_compat",
    "pyarrow.vendored.version",
    "PIL.Image", "PIL.ImageOps", "PIL.ImageDraw", "PIL.ImageFilter", "PIL.ImageEnhance",
    "PIL.ImageChops", "PIL.ImageFont", "PIL.PngImagePlugin", "PIL.JpegImagePlugin",
    "PIL.BmpImagePlugin", "PIL.GifImagePlugin",
    "scipy.stats", "scipy.optimize", "scipy.sparse", "scipy.special", "scipy.signal",
    "scipy.linalg", "scipy.integrate", "scipy.interpolate", "scipy.spatial.distance",
    "scipy.ndimage", "scipy.fft", "scipy.cluster", "scipy.io", "scipy.constants", "scipy.odr",
    "scipy.sparse.linalg", "scipy.sparse.csgraph", "scipy.spatial.transform",
    "scipy.cluster.hierarchy",
    "sklearn.datasets", "sklearn.datasets.data", "sklearn.datasets.descr",
    "sklearn.model_selection", "sklearn.preprocessing", "sklearn.metrics", "sklearn.linear_model",
    "sklearn.decomposition", "sklearn.cluster", "sklearn.pipeline", "sklearn.neighbors",
    "sklearn.ensemble", "sklearn.svm", "sklearn.tree", "sklearn.manifold", "sklearn.naive_bayes",
    "sklearn.feature_extraction.text", "sklearn.neural_network", "sklearn.compose",
    "sklearn.impute", "sklearn.mixture", "sklearn.utils._pprint", "sklearn.calibration",
    "sklearn.covariance", "sklearn.cross_decomposition", "sklearn.discriminant_analysis",
    "sklearn.dummy", "sklearn.feature_selection", "sklearn.gaussian_process", "sklearn.inspection",
    "sklearn.isotonic", "sklearn.kernel_approximation", "sklearn.kernel_ridge",
    "sklearn.multiclass", "sklearn.multioutput", "sklearn.random_projection",
    "sklearn.semi_supervised", "sklearn.experimental.enable_iterative_imputer",
    "sklearn.experimental.enable_halving_search_cv", "sklearn.utils.class_weight",
    "einops.layers.torch", "torchvision.datasets", "torchvision.transforms.v2",
    "torchvision.models", "torchvision.utils", "torchvision.ops", "safetensors.torch",
)  # fmt: skip
"""Modules of the packages that courses use (`requirements-courses.txt`), if they are there."""

PACKAGES = ("pandas", "scipy", "scikit-learn", "einops", "torchvision", "pillow", "safetensors")
"""Their names as packages."""

DATA = "VIZ_APP_DATA"
"""The setting that names a host's folder of data sets, laid out as torchvision downloads them."""
SETS = ("MNIST/raw", "FashionMNIST/raw", "KMNIST/raw", "cifar-10-batches-py")
"""The folders in it that are read."""

files: dict[str, bytes | mmap.mmap] = {}
"""The content of each file of a package, by its path."""
sets: dict[str, bytes | mmap.mmap] = {}
"""The content of each file of the host's data sets, by its path within the host's folder."""


def read(host: str) -> None:
    """Read all of them, and use once what reads or imports more of its package only then; `host`
    is the host's folder, "" if it names none."""
    sets.update(_host(host))
    if "scipy.stats" in sys.modules:
        sys.modules["scipy.stats"].qmc.Sobol(1)
    if "sklearn.utils.parallel" not in sys.modules:
        return
    if "pandas" in sys.modules:  # columns by their names
        table = sys.modules["pandas"].DataFrame({"x": [0.0, 1.0]})
        sys.modules["sklearn.preprocessing"].StandardScaler().fit(table)
    sys.modules["sklearn.utils.parallel"]._get_threadpool_controller()  # looks for libraries, once
    for package in ("sklearn.datasets.data", "sklearn.datasets.descr", "sklearn.utils._repr_html"):
        if package not in sys.modules:  # a version without it
            continue
        for file in importlib.resources.files(package).iterdir():
            if file.is_file() and not file.name.endswith((".py", ".pyc")):
                files[str(file)] = file.read_bytes()


def _host(folder: str) -> Iterator[tuple[str, bytes | mmap.mmap]]:
    if not folder:
        return
    for name in SETS:
        for path in sorted(Path(folder, name).glob("*")):
            if path.is_file() and path.stat().st_size:
                with path.open("rb") as file:  # mapped: only the parts that are read take memory
                    yield (
                        f"{name}/{path.name}",
                        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ),
                    )


DIGITS = (ASSETS / "data" / "digits.csv.gz").read_bytes()
"""1,797 handwritten digits; assets/data/README.md names their source."""
