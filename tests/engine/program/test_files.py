"""Files of a program's own: in its memory, as Python's, bounded, gone with the run."""

import gzip
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.traces import UNMEASURED
from viz_app.engine import client
from viz_app.engine.client import Engine
from viz_app.engine.program import execute, given_files
from viz_app.limits import Limits
from viz_app.measured import Axis
from viz_app.model import Trace

CHECKPOINT = """
import os
net = torch.nn.Linear(2, 1)
if os.path.exists("net.pt"):
    net.load_state_dict(torch.load("net.pt"))
loss = net(torch.ones(1, 2)).sum()
loss.backward()
with torch.no_grad():
    net.weight.zero_()
torch.save(net.state_dict(), "net.pt")
"""


def test_each_run_begins_without_files() -> None:
    first = client.run(CHECKPOINT, UNMEASURED)
    assert first.error is None
    assert client.run(CHECKPOINT, UNMEASURED) == first


def test_a_rerun_for_measurements_begins_without_files() -> None:
    source = (
        "import os\nw = torch.tensor(2., requires_grad=True)\n"
        "scale = 10. if os.path.exists('a') else 1.\nopen('a', 'w').close()\n"
        "(w * scale).backward()"
    )
    (check,) = client.run(source, Limits()).checks
    assert check.slopes == pytest.approx((1.0,))


def test_nothing_is_written_where_there_is_no_wall(tmp_path: Path) -> None:
    before = os.getcwd(), os.open, open
    source = (
        f"import os\nprint(os.path.exists({str(tmp_path)!r}), os.listdir())\n"
        f"os.makedirs({str(tmp_path / 'a')!r})\nopen({str(tmp_path / 'a/b')!r}, 'w').write('x')\n"
        f"torch.save(1, 'c.pt')\nos.chdir('/tmp')\nprint(os.listdir({str(tmp_path)!r}))"
    )
    trace = execute.run(source)
    assert (trace.error, trace.stdout) == (None, "False []\n['a']\n")
    assert list(tmp_path.iterdir()) == []
    assert not Path("c.pt").exists()
    assert (os.getcwd(), os.open, open) == before


def failed(source: str) -> Trace:
    trace = client.run(source, UNMEASURED)
    assert trace.error is not None
    return trace


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        (
            "open('a/b.txt', 'w')",
            "FileNotFoundError",
            "[Errno 2] No such file or directory: 'a/b.txt'",
        ),
        (
            "open('/etc/hosts')",
            "FileNotFoundError",
            "[Errno 2] No such file or directory: '/etc/hosts'",
        ),
        ("open('/', 'w')", "OSError", "[Errno 16] Device or resource busy: '/'"),
        ("open('.')", "IsADirectoryError", "[Errno 21] Is a directory: '.'"),
        ("open('x', 'w').read()", "UnsupportedOperation", "not readable"),
    ],
)
def test_errors_are_pythons_own(source: str, kind: str, message: str) -> None:
    error = failed(source).error
    assert error is not None
    assert (error.type, error.message) == (kind, message)


def test_saving_and_loading_is_recorded_like_any_call() -> None:
    source = (
        "x = torch.tensor([1., 2.], requires_grad=True)\ntorch.save(x, 'x.pt')\n"
        "y = torch.load('x.pt')\nz = (y * y).sum()\nz.backward()\nx.grad, y.grad"
    )
    trace = client.run(source, UNMEASURED)
    assert trace.error is None
    assert [echo.text for echo in trace.echo] == ["(None, tensor([2., 4.]))"]


TRAINING = """
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
data = datasets.MNIST("./data", train=True, download=True, transform=transform)
loader = DataLoader(data, batch_size=64, shuffle=True, num_workers=2)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
images, labels = next(iter(loader))
nn.functional.cross_entropy(net(images), labels).backward()
print(len(data), images.shape, data[1][1], data.data.max().item())
"""


def test_bundled_digits_replace_mnist_and_say_so() -> None:
    trace = client.run(TRAINING, UNMEASURED)
    assert trace.error is None
    notice, said = trace.stdout.splitlines()
    assert "1,437 real handwritten digits" in notice
    assert "8×8 pixels" in notice
    assert said == "1437 torch.Size([64, 1, 28, 28]) 1 255"
    assert trace.passes[0].roots


@pytest.mark.parametrize(
    ("name", "kind", "shape"),
    [("FashionMNIST", "clothes", (28, 28)), ("CIFAR10", "photographs", (32, 32, 3))],
)
def test_bundled_digits_replace_other_data_and_say_so(
    name: str, kind: str, shape: tuple[int, ...]
) -> None:
    source = (
        f"from torchvision import datasets\nit = datasets.{name}('d', train=False)\n"
        "print(tuple(it.data.shape[1:]), len(it), it[3][1] == int(it.targets[3]))"
    )
    notice, said = client.run(source, UNMEASURED).stdout.splitlines()
    assert f"not {kind}" in notice
    assert said == f"{shape} 360 True"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine of a host that has three images of MNIST, of two by two pixels."""
    folder = tmp_path_factory.mktemp("data")
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    images = struct.pack(">4i", 0x803, 3, 2, 2) + bytes(range(12))
    (raw / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
    (raw / "train-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 0x801, 3) + bytes([7, 8, 9]))
    (folder / "secret").write_text("not a data set")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("VIZ_APP_DATA", str(folder))
        engine = Engine("auto")
        engine.start()
        yield engine
        engine.close()


def test_data_set_of_the_host_is_read_at_any_path(host: Engine) -> None:
    source = (
        "from torchvision import datasets\nit = datasets.MNIST('some/where', download=True)\n"
        "print(len(it), it.targets, it.data[2], it[0][0].size)"
    )
    trace = host.run(source, UNMEASURED)
    assert trace.error is None
    assert (
        trace.stdout
        == "3 tensor([7, 8, 9]) tensor([[ 8,  9],\n        [10, 11]], dtype=torch.uint8) (2, 2)\n"
    )


def test_host_folder_is_not_named_and_nothing_else_in_it_is_read(host: Engine) -> None:
    source = (
        "import os\nprint('VIZ_APP_DATA' in os.environ, os.path.exists('secret'))\n"
        "path = 'MNIST/raw/train-labels-idx1-ubyte'\nprint(len(open(path, 'rb').read()))\n"
        "open(path, 'r+b')"
    )
    trace = host.run(source, UNMEASURED)
    assert trace.stdout == "False False\n11\n"
    assert trace.error is not None
    assert trace.error.message.startswith("[Errno 30] Read-only file system")


def test_pandas_reads_a_csv_that_the_program_wrote() -> None:
    pytest.importorskip("pandas")
    source = (
        "import pandas as pd\nopen('a.csv', 'w').write('x,y\\n1,2\\n3,4\\n')\n"
        "data = pd.read_csv('a.csv')\nx = torch.tensor(data['y'] * 1.0, requires_grad=True)\n"
        "(x * x).sum().backward()\nprint(x.grad)\ndata.plot()\ndata"
    )
    trace = client.run(source, UNMEASURED)
    assert (trace.error, trace.stdout) == (None, "tensor([4., 8.], dtype=torch.float64)\n")
    assert trace.echo[0].text == "   x  y\n0  1  2\n1  3  4"


def test_scikit_learns_bundled_data_and_models_work() -> None:
    pytest.importorskip("sklearn")
    source = (
        "from sklearn.datasets import load_iris, load_digits\n"
        "from sklearn.cluster import KMeans\nfrom sklearn.linear_model import LogisticRegression\n"
        "x, y = load_iris(return_X_y=True)\nprint(load_digits().images.shape)\n"
        "print(LogisticRegression(max_iter=500).fit(x, y).score(x, y) > 0.9, "
        "KMeans(3, n_init=1).fit(x).labels_.shape)"
    )
    trace = client.run(source, UNMEASURED)
    assert (trace.error, trace.stdout) == (None, "(1797, 8, 8)\nTrue (150,)\n")


@pytest.mark.parametrize("package", sorted({it.split(".")[0] for it in given_files.COURSES}))
def test_each_module_of_a_package_is_imported_behind_the_wall(package: str) -> None:
    """Each package that is installed here and fits this torch."""
    pytest.importorskip(package, exc_type=(ImportError, RuntimeError))  # type: ignore[arg-type]
    names = [it for it in given_files.COURSES if it.split(".")[0] == package]
    source = "".join(f"import {it}\nprint({it}.__name__)\n" for it in names)
    trace = client.run(source, UNMEASURED)
    assert (trace.error, trace.stdout.split()) == (None, names)


FIRST_USES = {
    "columns by their names": (
        "sklearn",
        "import pandas as pd\nfrom sklearn.compose import ColumnTransformer\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "table = pd.DataFrame({'x': [0., 2.]})\n"
        "print(ColumnTransformer([('s', StandardScaler(), ['x'])]).fit_transform(table).tolist())",
        "[[-1.0], [1.0]]\n",
    ),
    "a column to a metric": (
        "sklearn",
        "import pandas as pd\nfrom sklearn.metrics import roc_auc_score\n"
        "print(float(roc_auc_score(pd.Series([0, 1, 1]), torch.tensor([.1, .9, .4]))))",
        "1.0\n",
    ),
    "an estimator in a notebook": (
        "sklearn",
        "from sklearn.linear_model import Ridge\nprint(len(Ridge()._repr_html_()) > 1000)",
        "True\n",
    ),
    "quasi-random numbers": (
        "scipy",
        "from scipy.stats import qmc\nprint(qmc.Sobol(1, scramble=False).random(2).tolist())",
        "[[0.0], [0.5]]\n",
    ),
    "a time zone": (
        "zoneinfo",
        "import datetime, zoneinfo\nat = datetime.datetime(2026, 1, 1, tzinfo=zoneinfo.ZoneInfo("
        "'Asia/Seoul'))\nprint(at.utcoffset())",
        "9:00:00\n",
    ),
    "drawing on an image": (
        "PIL",
        "from PIL import Image, ImageDraw\nit = Image.new('RGB', (2, 2))\n"
        "ImageDraw.Draw(it).point((1, 0), fill=(255, 0, 0))\nit.save('it.gif')\n"
        "print(Image.open('it.gif').convert('RGB').getpixel((1, 0)))",
        "(255, 0, 0)\n",
    ),
}


@pytest.mark.parametrize(("package", "source", "printed"), FIRST_USES.values(), ids=FIRST_USES)
def test_what_a_package_reads_or_imports_when_first_used_is_there(
    package: str, source: str, printed: str
) -> None:
    pytest.importorskip(package)
    trace = client.run(source, UNMEASURED)
    assert (trace.error, trace.stdout) == (None, printed)


# ---- files that the visitor opened beside the program ------------------------------------------

NAMES = (("names.txt", b"emma\nolivia\n"), ("points.csv", b"x,y\n1,2\n3,4\n"))


def test_a_file_beside_the_program_is_read_wherever_the_program_looks_for_it() -> None:
    source = (
        "import csv, os\nfrom pathlib import Path\n"
        "words = open('names.txt').read().split()\n"
        "rows = list(csv.reader(open('/content/drive/points.csv')))\n"
        "print(words, rows[1:], sorted(os.listdir()), os.path.isfile('names.txt'))\n"
        "print(Path('data/names.txt').stat().st_size, [it.is_file() for it in os.scandir()])\n"
        "w = torch.tensor(float(rows[1][0]), requires_grad=True)\n(w * len(words)).backward()\n"
    )
    trace = client.run(source, files=NAMES)
    assert trace.error is None
    assert trace.stdout == (
        "['emma', 'olivia'] [['1', '2'], ['3', '4']] ['names.txt', 'points.csv'] True\n"
        "12 [True, True]\n"
    )
    assert trace.checks  # it was run again with other numbers, and found the files again
    assert client.run("import os\nprint(os.listdir())", UNMEASURED).stdout == "[]\n"


@pytest.mark.parametrize("mode", ["w", "a", "r+"])
def test_a_program_does_not_write_to_a_file_beside_it(mode: str) -> None:
    trace = client.run(f"open('names.txt', {mode!r})", UNMEASURED, files=NAMES)
    assert trace.error is not None
    assert trace.error.message.startswith("[Errno 30] Read-only file system")


def test_any_pass_of_a_long_run_that_reads_a_file_beside_it() -> None:
    source = (
        "w = torch.tensor(0., requires_grad=True)\n"
        "for turn in range(100):\n"
        "    ((w - len(open('names.txt').read())) ** 2).backward()\n"
    )
    trace = client.run(source, UNMEASURED, chosen_pass=57, files=NAMES)
    assert trace.truncated is not None
    assert 57 in trace.truncated.passes_kept
    assert not trace.truncated.differs


def test_trials_and_surveys_read_the_files_too() -> None:
    source = (
        "x = torch.tensor([1., 2.], requires_grad=True)\n"
        "y = (x * len(open('names.txt').read())).sum()\ny.backward()\n"
    )
    (call,) = (it for it in client.run(source, files=NAMES).calls if it.op == "sum")
    texts = (source.replace(".sum()", ".mean()"),)
    (tried,) = client.try_out(source, call.span, texts, whole=True, files=NAMES)
    assert tried.error is None
    axes = Axis(0, 0, 0.0, 1.0), Axis(0, 1, 0.0, 1.0)
    heights = client.survey(source, *axes, files=NAMES)
    assert max(heights) == pytest.approx(24.0)
