"""Copy into the package what is next to it in the repository, for an installation."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithAssets(build_py):
    """Copies assets/ and Streamlit's settings into the package; a checkout serves its own."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        package = Path(self.build_lib, "viz_app")
        shutil.copytree("assets", package / "assets", dirs_exist_ok=True)
        # Streamlit looks for it next to the script; secrets.toml may be there too and stays out.
        (package / ".streamlit").mkdir(exist_ok=True)
        shutil.copyfile(".streamlit/config.toml", package / ".streamlit" / "config.toml")


setup(cmdclass={"build_py": WithAssets})
