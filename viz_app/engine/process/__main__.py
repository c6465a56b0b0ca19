"""`python -m viz_app.engine.process FD SANDBOX` starts the zygote.

Its memory is reserved before torch is imported.
"""

import importlib
import sys

from viz_app.engine.process import large_pages

if sys.platform == "linux":
    large_pages.reserve()
zygote = importlib.import_module("viz_app.engine.process.zygote")
sys.exit(zygote.main(sys.argv[1:]))
