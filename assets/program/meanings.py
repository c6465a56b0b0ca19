"""What the editor completes: torch's own names with the first sentence that torch says of each.

An ordinary program, run once per server in the engine like a visitor's; it prints one JSON
document, {module: [[name, meaning], ...]}.
"""

import importlib
import inspect
import json
import re

import torch

MODULES = """torch torch.nn torch.nn.functional torch.nn.init torch.nn.utils torch.optim
torch.optim.lr_scheduler torch.autograd torch.autograd.functional torch.linalg torch.special
torch.fft torch.func torch.distributions torch.utils torch.utils.data torch.Tensor""".split()
LONGEST = 90
SIGNATURE = re.compile(r"^[\w.]+\s*\(.*?\)\s*(->.*)?$", re.DOTALL)
SIGNS = {r"\leq": "≤", r"\geq": "≥", r"\times": "×", r"\cdot": "·", r"\infty": "∞", "\\": ""}
HEADING = re.compile(r"\.\. |>>>|(Keyword Arg(ument)?s|Arg(ument)?s|Examples?|Shape|Note)\b", re.I)
SEE = re.compile(
    r"^(?:See|Alias (?:for|of)|In-?place version of) :\w+:`~?\.?([\w.]+?)(?:\(\))?`", re.I
)


def sentence(doc):
    """The first sentence of a docstring, without its signature and its markup."""
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", doc.strip())]
    prose = [part for part in paragraphs if part and not SIGNATURE.match(part)]
    prose = [part for part in prose if not HEADING.match(part)]
    if not prose:
        return ""
    text = re.sub(r":\w+:`~?([^`<]*?)\s*(?:<[^>]*>)?`", r"\1", prose[0])
    text = re.sub(r"`{1,2}([^`]*)`{1,2}_{0,2}", r"\1", text).replace("**", "")
    text = re.sub(r"\\(?:text|mathrm|operatorname)\{([^}]*)\}", r"\1", text)
    for mark, sign in SIGNS.items():
        text = text.replace(mark, sign)
    text = re.split(r"(?<=[.:])\s", text)[0].rstrip(".: ")
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def meaning(thing, hops=2):
    doc = thing.__doc__ if isinstance(thing.__doc__, str) else ""
    see = SEE.match(doc.split("\n\n", 1)[-1].strip()) or SEE.match(doc.strip())
    if see and hops and "place" not in see[0]:
        owner, _, name = see[1].removeprefix("torch.").rpartition(".")
        found = getattr(getattr(torch, owner, None) if owner else torch, name, None)
        if found is not None and found is not thing:
            return meaning(found, hops - 1)
    return sentence(doc)


def explained(module, name):
    """What torch says of a name; of torch.relu and the like it only says it elsewhere."""
    thing = getattr(module, name)
    if isinstance(thing, torch.dtype):
        return str(thing)
    places = (module, torch.nn.functional, torch.Tensor) if module is torch else (module,)
    found = (meaning(getattr(place, name)) for place in places if hasattr(place, name))
    return next((words for words in found if words), "")


def own(module, name):
    """Not what a module imports for itself: typing aliases, other libraries."""
    thing = getattr(module, name)
    if inspect.ismodule(thing) and thing.__name__ != f"{module.__name__}.{name}":
        return False
    home = (
        thing.__name__ if inspect.ismodule(thing) else getattr(thing, "__module__", None) or "torch"
    )
    return not name.startswith("_") and type(thing) is not bool and str(home).startswith("torch")


def names(module):
    """The names with a meaning, and the modules that are listed too."""
    known = [(name, explained(module, name)) for name in sorted(dir(module)) if own(module, name)]
    return [
        [name, words] for name, words in known if words or f"{module.__name__}.{name}" in MODULES
    ]


table = {}
for path in MODULES:
    table[path] = names(torch.Tensor if path == "torch.Tensor" else importlib.import_module(path))
print(json.dumps(table, ensure_ascii=False, separators=(",", ":")))
