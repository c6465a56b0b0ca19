"""A link holds a program and its settings: `Settings` <-> the query of an address.

`?lesson=SLUG` names a lesson, `?code=` carries a program (URL-safe base64 without padding of the
zlib-compressed UTF-8 text; it wins over the lesson's own), `?toml=` a whole lesson in the same
form, whose name is then SLUG: no server has to know or fetch it. `?lang=`, `?step=N`, `?speed=2`,
`?node=4.0`, `?groups=ID.-ID`, `?turn=1537`, `?names=torch`, `?constants=hidden`, `?predict=1`,
`?present=1`, `?embed=true`, `?room=CODE`, and `?embed_options=dark_theme`, which is Streamlit's own
and works on a whole page too. This is version 1, and its links will open forever:
tests/links/v1.txt holds some. A link may have been written by anyone: it is bounded before it is
unpacked.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import msgspec

from viz_app.errors import VizError, failure
from viz_app.knowledge import lessons
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.theme import THEMES
from viz_app.limits import Limits

SPEEDS = (0.5, 1.0, 2.0, 4.0)
"""Playing speeds that a link may contain, the same as in the picture."""

COLOURS = ("value", "gradient", "relative")
"""Quantities by which a link may colour the boxes; without one, they are coloured by kind."""

LONGEST = 16_000
"""Maximum characters of a link that servers and proxies pass on; a longer one is not put into the
address."""

LONGEST_QR = 2_300
"""Maximum characters of a link in a QR code of a size to show in class (the standard: 2,953)."""

MOST_GROUPS = 200
"""Maximum number of groups opened or folded by hand in a link: more than anyone clicks in a
lesson."""

_CODE = re.compile(r"[A-Za-z0-9_-]*")
_STEP = re.compile(r"[0-9]{1,7}")
_TURN = re.compile(r"[1-9][0-9]{0,6}")
_NODE = re.compile(r"[0-9]{1,7}(\.[0-9]{1,4})?")
_GROUPS = re.compile(rf"-?[0-9a-f]{{8}}(\.-?[0-9a-f]{{8}}){{0,{MOST_GROUPS - 1}}}")
_ROOM = re.compile(r"[A-HJ-NP-Z]{6}")
_VIEW = re.compile(r"[0-4](\.[0-9]{1,3})?(_-?[0-9]{1,5}){2}")
_SPEEDS = {f"{speed:g}": speed for speed in SPEEDS}


class Settings(msgspec.Struct, frozen=True):
    """The settings of a link; None for those left to the app or to the browser.

    `program` is a text of the visitor's own, None for the lesson's. `toml` is the text of a lesson
    file that the link brings; `lesson` is then its name. `step` counts from 0. `speed`
    is the playing speed, as a factor. `node` is the selected box of the picture: "4.0" for the card
    of output 0 of the trace's node 4, "4" for the disc of the call whose first node is 4. `groups`
    are groups of the picture opened ("ID") or folded ("-ID") by hand. `turn` is the backward pass
    of a long training, from 1, that is shown besides the first and last ones. `view` is the visible
    part of the picture, if the visitor moved it: pixels per pixel of the picture, and the place at
    its centre. `colour` is the quantity by which boxes are coloured, one of COLOURS. `names`:
    autograd's names of the operations are shown. `hide_constants`: constants are not shown.
    `predict`: predict mode is on. `present`: presenter mode is on. `theme` is "light" or "dark".
    `room` is the code of a room, whose program and step are shown.
    """

    lesson: str | None = None
    toml: str | None = None
    program: str | None = None
    language: str | None = None
    step: int | None = None
    speed: float | None = None
    node: str | None = None
    groups: tuple[str, ...] = ()
    turn: int | None = None
    view: tuple[float, int, int] | None = None
    colour: str | None = None
    names: bool = False
    hide_constants: bool = False
    predict: bool = False
    present: bool = False
    embed: bool = False
    theme: str | None = None
    room: str | None = None


def query(settings: Settings) -> dict[str, str]:
    """The parameters of a link, in a fixed order, without those left at their default."""
    found = {}
    if settings.lesson is not None:
        found["lesson"] = settings.lesson
    if settings.toml is not None:
        found["toml"] = encode(settings.toml)
    if settings.program is not None:
        found["code"] = encode(settings.program)
    if settings.language is not None:
        found["lang"] = settings.language
    if settings.step is not None:
        found["step"] = str(settings.step)
    if settings.speed is not None:
        found["speed"] = f"{settings.speed:g}"
    if settings.node is not None:
        found["node"] = settings.node
    if settings.groups:
        found["groups"] = ".".join(settings.groups)
    if settings.turn is not None:
        found["turn"] = str(settings.turn)
    if settings.view is not None:
        found["view"] = "_".join(f"{number:g}" for number in settings.view)
    if settings.colour is not None:
        found["colour"] = settings.colour
    if settings.names:
        found["names"] = "torch"
    if settings.hide_constants:
        found["constants"] = "hidden"
    if settings.predict:
        found["predict"] = "1"
    if settings.present:
        found["present"] = "1"
    if settings.embed:
        found["embed"] = "true"
    if settings.theme is not None:
        found["embed_options"] = f"{settings.theme}_theme"
    if settings.room is not None:
        found["room"] = settings.room
    return found


def link(base: str, settings: Settings) -> str:
    """The address of the app at `base` that opens with these settings."""
    parameters = query(settings)
    return f"{base.rstrip('/')}/?{urlencode(parameters)}"


def read(parameters: Mapping[str, str]) -> Settings:
    """The settings of a link's parameters; others are ignored.

    VizError "link" for an invalid parameter, "lesson" for an unknown lesson.
    """
    lesson, code, step = (parameters.get(name) for name in ("lesson", "code", "step"))
    speed, node, turn = (parameters.get(name) for name in ("speed", "node", "turn"))
    groups, view, colour = (parameters.get(name) for name in ("groups", "view", "colour"))
    toml = parameters.get("toml")
    if toml is not None and (lesson is None or not lessons.is_slug(lesson)):
        raise VizError(failure("link"))
    if toml is None and lesson is not None and lesson not in lessons.load():
        raise VizError(failure("lesson", lesson=lesson[:80]))
    if step is not None and not _STEP.fullmatch(step):
        raise VizError(failure("link"))
    if speed is not None and speed not in _SPEEDS:
        raise VizError(failure("link"))
    if node is not None and not _NODE.fullmatch(node):
        raise VizError(failure("link"))
    if groups is not None and not _GROUPS.fullmatch(groups):
        raise VizError(failure("link"))
    if turn is not None and not _TURN.fullmatch(turn):
        raise VizError(failure("link"))
    if view is not None and not _VIEW.fullmatch(view):
        raise VizError(failure("link"))
    if colour is not None and colour not in COLOURS:
        raise VizError(failure("link"))
    room = parameters.get("room")
    if room is not None and not _ROOM.fullmatch(room.upper()):
        raise VizError(failure("room"))
    if parameters.get("names", "torch") != "torch":
        raise VizError(failure("link"))
    if parameters.get("constants", "hidden") != "hidden":
        raise VizError(failure("link"))
    if parameters.get("predict", "1") != "1" or parameters.get("present", "1") != "1":
        raise VizError(failure("link"))
    theme = parameters.get("embed_options", "").lower().removesuffix("_theme")
    return Settings(
        lesson=lesson,
        toml=None if toml is None else decode(toml, lessons.MOST_BYTES),
        program=None if code is None else decode(code),
        language=parameters.get("lang"),
        step=None if step is None else int(step),
        speed=None if speed is None else _SPEEDS[speed],
        node=node,
        groups=() if groups is None else tuple(groups.split(".")),
        turn=None if turn is None else int(turn),
        view=None if view is None else _view(view),
        colour=colour,
        names="names" in parameters,
        hide_constants="constants" in parameters,
        predict="predict" in parameters,
        present="present" in parameters,
        embed=parameters.get("embed", "").lower() == "true",
        theme=theme if theme in THEMES else None,  # Streamlit has other options
        room=None if room is None else room.upper(),
    )


def _view(text: str) -> tuple[float, int, int]:
    scale, x, y = text.split("_")
    return float(scale), int(x), int(y)


def brought(settings: Settings) -> Lesson | None:
    """The lesson that a link brings, None if it brings none. VizError "lesson_file" for a wrong
    one."""
    if settings.toml is None:
        return None
    return lessons.read(f"{settings.lesson}.toml", settings.toml.encode())


def fits(settings: Settings) -> bool:
    """True if the texts of a link are short enough for it to be passed on."""
    texts = (settings.toml, settings.program)
    return sum(len(encode(text)) for text in texts if text is not None) <= LONGEST


def split(address: str) -> dict[str, str]:
    """The parameters in the query of an address ("?a=b&c=d"); of a repeated one, the last."""
    return dict(parse_qsl(address.removeprefix("?"), keep_blank_values=True))


def qr(link: str) -> str | None:
    """A QR code of a link as an image's data URI (SVG); None for a link too long for one."""
    if len(link) > LONGEST_QR:
        return None
    import segno  # only the page needs it

    code = segno.make_qr(link, error="l")
    # On white with its quiet zone also in the dark theme: many cameras read nothing else.
    return str(code.svg_data_uri(scale=4, border=4, light="#fff", dark="#000"))


def encode(program: str) -> str:
    """A text as one word of a link. A lone surrogate, which no UTF-8 holds, becomes "?"."""
    packed = zlib.compress(program.encode("utf-8", "replace"), level=9)
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def decode(code: str, limit: int = Limits().source_bytes) -> str:
    """The program of `encode`'s word. VizError "link" if it is damaged or over `limit` bytes."""
    if len(code) > 2 * limit or not _CODE.fullmatch(code):
        raise VizError(failure("link"))
    unpacker = zlib.decompressobj()
    try:
        packed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
        # One byte over the limit is enough: a small code can unpack to gigabytes.
        text = unpacker.decompress(packed, limit + 1)
        if not unpacker.eof or unpacker.unused_data or len(text) > limit:
            raise VizError(failure("link"))
        return text.decode("utf-8")
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise VizError(failure("link")) from error
