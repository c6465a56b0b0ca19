"""`viz-app`, which is `python -m viz_app`: opens the page. `trace FILE` and `story FILE` run a
program as the page does, and print its trace, or all that the page says of it. `render FILE -o
NAME.EXT` makes a file of it, in one of the formats of `render/exports.py`. `check LESSON FILE|LINK`
runs a submission and grades it by the lesson's goal.

Exit 0: it ran, and reached the goal. Exit 2: it did not, and one line on standard error says where
and why.
"""

import argparse
import io
import os
import re
import runpy
import sys
import tokenize
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn, TextIO

import msgspec

from viz_app import grading, notebook, transcript
from viz_app.engine import client
from viz_app.errors import VizError, failure
from viz_app.export import message, safe, strict_json, to_json, to_table
from viz_app.knowledge import lessons
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.text import Text, languages, load
from viz_app.knowledge.theme import ON_PAPER_TOO
from viz_app.limits import Limits
from viz_app.model import Trace
from viz_app.picture import lesson_faults
from viz_app.render.document import UnbuiltError
from viz_app.render.exports import EXPORTS
from viz_app.render.subject import Subject

STOPPED = 2
LONGEST_LINE = 500
MOST_FILE_BYTES = 50 * 2**20
"""Maximum size of a file: a notebook may contain pictures; its program's own limit is far lower."""

_PLACE = re.compile(
    r"(?<![\w.)\]])(?:[A-Za-z]:\\|/)(?:[\w.+ -]+[\\/])+[\w.+-]*|\b0x[0-9a-fA-F]{5,}"
)
"""A path or an address in an exception's message: the host's, and of no use to a learner."""


class UnreadableError(Exception):
    """The file gives no program's text; the message says why, the numbers where."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


class _Parser(argparse.ArgumentParser):
    """An argparse parser that reports a wrong argument in one line."""

    def error(self, message: str) -> NoReturn:
        raise UnreadableError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="viz-app",
        description="Watch PyTorch's autograd run. Without a command, the page opens.",
    )
    parser.add_argument("--port", type=int, default=8501, help="where the page is served")
    parser.add_argument("--address", default="localhost", help="who may come: 0.0.0.0 for all")
    commands = parser.add_subparsers(dest="command")
    recorded = _Parser(add_help=False)
    recorded.add_argument("--turn", type=_pass, metavar="N",
                          help="the backward pass of a long training, from 1, that is kept besides "
                          "the first and last ones")  # fmt: skip
    recorded.add_argument("--data", action="append", default=[], metavar="FILE",
                          help="a file that the program reads, by its name; may be given "
                          "again")  # fmt: skip
    trace = commands.add_parser("trace", parents=[recorded],
                                help="run a program and print what autograd did")  # fmt: skip
    trace.add_argument("file", help="a Python file, a notebook (.ipynb), or - for standard input")
    trace.add_argument("--json", action="store_true", help="one JSON document, see README")
    story = commands.add_parser("story", parents=[recorded],
                                help="run a program and print all that the page says")  # fmt: skip
    story.add_argument("file", help="as for trace")
    story.add_argument("--json", action="store_true", help="one JSON document, see README")
    story.add_argument("--lang", choices=languages(), default="en", help="the language")
    render = commands.add_parser("render", parents=[recorded],
                                 help="run a program and make a file of the run")  # fmt: skip
    render.add_argument("file", help="as for trace")
    render.add_argument("-o", "--output", required=True, metavar="NAME.EXT", type=_output,
                        help=f"the file; EXT is one of {', '.join(EXPORTS)}")  # fmt: skip
    render.add_argument("--step", type=int, help="the step that is seen, from 0; else the last")
    render.add_argument("--lang", choices=languages(), default="en", help="the language")
    render.add_argument("--theme", choices=ON_PAPER_TOO, default="light", help="the colours")
    check = commands.add_parser("check", help="run a submission and check the lesson's goal")
    check.add_argument("lesson", help="a lesson's name, a lesson file (.toml), or, to check its "
                       "lessons, a course: a folder or a zip file of them")  # fmt: skip
    check.add_argument("file", nargs="?", default="",
                       help="as for trace; or a link, or a folder of submissions; without it, the "
                       "lesson itself is checked")  # fmt: skip
    check.add_argument("--json", action="store_true", help="one JSON document, see README")
    check.add_argument("--lang", choices=languages(), default="en", help="the language")
    return parser


def _pass(text: str) -> int:
    """The number of a backward pass."""
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError("it must be a number from 1")
    return int(text)


def _output(name: str) -> Path:
    """A file's name whose end is a known format."""
    path = Path(name)
    if path.suffix.removeprefix(".") not in EXPORTS:
        raise argparse.ArgumentTypeError(f"a file ends in one of {', '.join(EXPORTS)}")
    return path


def _read(name: str) -> bytes:
    try:
        if name == "-":
            stream = getattr(sys.stdin, "buffer", None)
            if stream is None:  # a caller put a text stream there
                return sys.stdin.read().encode("utf-8", "surrogatepass")
            return bytes(stream.read(MOST_FILE_BYTES + 1))
        path = Path(name)
        if path.exists() and not path.is_file() and not path.is_fifo():
            raise UnreadableError("this is not a file")
        with path.open("rb") as file:
            return file.read(MOST_FILE_BYTES + 1)
    except OSError as problem:
        raise UnreadableError(f"the file can't be read: {problem.strerror}") from problem
    except ValueError as problem:  # a null character in the name
        raise UnreadableError("this is no file name") from problem


def _beside(names: list[str]) -> client.Files:
    """The files that the program reads. Raises UnreadableError for one that can't be read, or is
    too large."""
    files = []
    for name in names:
        try:
            content = _read(name)
        except UnreadableError as problem:
            raise UnreadableError(f"--data {name}: {problem}") from problem
        if len(content) > MOST_FILE_BYTES:
            raise UnreadableError(f"--data {name} is larger than {MOST_FILE_BYTES // 2**20} MB")
        files.append((Path(name).name, content))
    return tuple(files)


def _decode(data: bytes) -> str:
    """The decoded text, by its byte order mark or `# coding` line as Python reads it."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode("utf-8", "replace")
        lines = re.split(r"\r\n|\r|\n", before)
        raise UnreadableError(
            "the file is not text in its encoding", len(lines), len(lines[-1]) + 1
        ) from problem
    except (SyntaxError, LookupError) as problem:
        raise UnreadableError("the file is not text in an encoding that Python knows") from problem


def source_of(name: str) -> str:
    """The program's text in a file, a notebook or standard input ("-"). Raises UnreadableError."""
    data = _read(name)
    if len(data) > MOST_FILE_BYTES:
        raise UnreadableError(f"the file is larger than {MOST_FILE_BYTES // 2**20} MB")
    if not name.endswith(".ipynb"):
        return _decode(data)
    try:
        return notebook.program(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, notebook.NotebookError) as problem:
        raise UnreadableError("the file is not a Jupyter notebook") from problem


def line(name: str, number: int, column: int, text: str) -> str:
    """`FILE:LINE:COLUMN: message` in one printable line of at most 500 characters."""
    text = " ".join(safe(_PLACE.sub("…", text)).split())
    whole = f"{safe(name)[:200]}:{number}:{column}: {text}"
    return whole if len(whole) <= LONGEST_LINE else whole[: LONGEST_LINE - 1] + "…"


def _write(stream: TextIO, text: str) -> None:
    """Write to a stream whose encoding may lack characters; a closed pipe is not an error."""
    try:
        buffer = getattr(stream, "buffer", None)
        if buffer is not None:
            stream.flush()
            buffer.write(text.encode("utf-8", "replace"))
        else:
            stream.write(text)
        stream.flush()
    except BrokenPipeError:  # `| head`: keep the interpreter's last flush from failing too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _story(trace: Trace, language: str, as_json: bool) -> str:
    words = load(language)
    story = transcript.document(trace, words, language)
    return (
        strict_json(story) + "\n" if as_json else "\n".join(transcript.lines(story, words)) + "\n"
    )


def _check(name: str, asked: str, language: str, as_json: bool) -> int:
    """Grade a submission, or each one in a folder. Raises VizError for a wrong lesson."""
    words, course = load(language), Path(asked)
    if not name and (course.is_dir() or course.suffix == ".zip"):
        found = lessons.course(course).values()
        return max([_preview(str(course / f"{one.slug}.toml"), one, words) for one in found])
    lesson = grading.lesson(asked)
    if not name:
        return _preview(asked, lesson, words)
    folder = Path(name)
    if not grading.is_link(name) and name != "-" and folder.is_dir():
        grades = list(grading.graded(folder, lesson, words, _submitted))
        rows = [msgspec.to_builtins(one) for one in grades]
        _write(sys.stdout, strict_json(rows) + "\n" if as_json else grading.to_csv(grades))
        return 0 if all(one.reached for one in grades) else STOPPED
    try:
        source = grading.linked(name) if grading.is_link(name) else source_of(name)
        grade = grading.grade(name, source, lesson, words)
    except VizError as error:
        grade = grading.failed(name, lesson, error)
    if as_json:
        _write(sys.stdout, strict_json(msgspec.to_builtins(grade)) + "\n")
    elif grade.reached:
        _write(sys.stdout, f"{grade.lesson}: {grade.reason}\n")
    if grade.reached:
        return 0
    _write(sys.stderr, line(name, grade.line, grade.column, grade.reason) + "\n")
    return STOPPED


def _preview(name: str, lesson: Lesson, words: Text) -> int:
    """Check a lesson: its goal open at first, and reached by its solution."""
    own, *others = lessons.programs(lesson)
    trace = client.run(own, grading.LIMITS)
    solved, predicted = (None if it is None else client.run(it, grading.LIMITS) for it in others)
    fault = lesson_faults.fault(lesson, trace, solved, predicted, words)
    if fault is None:
        _write(sys.stdout, f"{lesson.slug}: {words('goal.preview_fine')}\n")
        return 0
    _write(sys.stderr, line(name, 1, 1, words(f"error.{fault.code}", **fault.params)) + "\n")
    return STOPPED


def _submitted(path: Path) -> str:
    """The text of a submission's file. VizError if it can't be read."""
    try:
        return source_of(str(path))
    except UnreadableError as problem:
        raise VizError(
            failure("unreadable", line=problem.line, column=problem.column, reason=problem.reason)
        ) from problem


def _render(trace: Trace, asked: argparse.Namespace) -> None:
    """Write the file. Raises UnreadableError where it can't be made or written."""
    output: Path = asked.output
    export = EXPORTS[output.suffix.removeprefix(".")]
    if missing := export.missing():
        raise UnreadableError(f"this needs {' and '.join(missing)}: pip install 'viz-app[files]'")
    try:
        subject = Subject(trace, asked.lang, asked.theme, asked.step, asked.turn)
        body = export.make(subject)
    except IndexError as last:
        raise UnreadableError(f"there is no step {asked.step}: the last one is {last}") from None
    except UnbuiltError as problem:
        raise UnreadableError(str(problem)) from None
    try:
        output.write_bytes(body)
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise UnreadableError(f"the file can't be written: {why}") from problem


def _open(port: int, address: str) -> int:
    """Serve the page until it is interrupted, and show it in a browser where there is one."""
    if find_spec("streamlit") is None:
        raise UnreadableError("the page needs Streamlit: pip install 'viz-app[app]'")
    sys.argv = [
        "streamlit", "run", str(Path(__file__).with_name("app.py")),
        "--server.port", str(port), "--server.address", address,
        "--server.headless", "false", "--server.showEmailPrompt", "false",
    ]  # fmt: skip
    try:
        runpy.run_module("streamlit", run_name="__main__")
    except SystemExit as end:
        return 0 if end.code in (None, 0) else STOPPED
    return 0


def _configure() -> None:
    try:
        client.configure()
    except ValueError as problem:
        raise UnreadableError(str(problem)) from problem


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return 0 or 2.

    Writes to sys.stdout and sys.stderr, starts one zygote.
    """
    name = "viz_app"
    try:
        arguments = _parser().parse_args(argv)
        if arguments.command is None:
            return _open(arguments.port, arguments.address)
        name = arguments.file or arguments.lesson
        _configure()
        if arguments.command == "check":
            return _check(arguments.file, arguments.lesson, arguments.lang, arguments.json)
        trace = client.run(
            source_of(name), Limits(), chosen_pass=arguments.turn, files=_beside(arguments.data)
        )
        if arguments.command == "render":
            _render(trace, arguments)
    except UnreadableError as problem:
        _write(sys.stderr, line(name, problem.line, problem.column, problem.reason) + "\n")
        return STOPPED
    except VizError as problem:
        span = problem.failure.span
        _write(sys.stderr, line(name, span.line, span.column, message(problem.failure)) + "\n")
        return STOPPED
    except KeyboardInterrupt:
        _write(sys.stderr, line(name, 1, 1, "interrupted") + "\n")
        return STOPPED
    except SystemExit as end:  # argparse's --help
        return 0 if end.code in (None, 0) else STOPPED
    if arguments.command == "story":
        _write(sys.stdout, _story(trace, arguments.lang, arguments.json))
    elif arguments.command == "trace":
        _write(sys.stdout, to_json(trace) + "\n" if arguments.json else to_table(trace))
    if trace.error is None:
        return 0
    span = trace.error.span
    _write(sys.stderr, line(name, span.line, span.column, message(trace.error)) + "\n")
    return STOPPED


if __name__ == "__main__":
    sys.exit(main())
