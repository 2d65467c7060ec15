"""What the README tells to type can be typed: make's targets, nuskha's commands, options and files."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.exceptions import TyperException

from jobs.cli import app
from jobs.evaluate_entities import FACTS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS: Any = typer.main.get_command(app)
READS = {
    "summarize": ("given",),
    "languages": ("given",),
    "ocr": ("files", "formulary"),
    "batch": ("inputs", "formulary"),
    "show": ("output",),
    "export": ("output",),
    "parse": ("formulary",),
    "evaluate": ("predictions", "references", "seen", "trained_on"),
    "compare": ("first", "second"),
    "report": ("folder", "gate"),
    "finetune": ("data", "recipe", "start"),
    "simulate": ("formulary",),
    "submit": ("inputs", "formulary"),
    "compact": ("output",),
    "jobs": (),
}
"""What must be there by command, or its group."""
WRITES = {
    "summarize": ("out",),
    "ocr": ("out", "drawing"),
    "batch": ("output",),
    "export": ("file",),
    "evaluate": ("out",),
    "finetune": ("output",),
    "simulate": ("output",),
    "submit": ("output",),
}
OWN = re.compile(r"DATA|FILE|CROPS|s3://.*")
"""A reader's own, and named so that nobody takes it for what ships."""


def commands_in(text: str) -> Iterator[list[str]]:
    """What follows `nuskha` in the lines of a text's blocks for the shell; of a pipe, behind the bar."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            starts = [place for place, word in enumerate(words) if word.rpartition("/")[2] == "nuskha"]
            if starts:
                yield words[starts[0] + 1 :]


def parsed(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The command or its group, and the parameters as the real command line takes them; nothing is run."""
    name, command, context, path = "nuskha", COMMANDS, None, list[str]()
    while True:
        context = command.make_context(name, list(words), parent=context)
        if not hasattr(command, "resolve_command"):
            return path[0], context.params
        name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
        path.append(name)


def listed(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list | tuple) else [value]) if each is not None]


def is_there(name: str, made: set[str]) -> bool:
    """A file of the project, what a command further up wrote, a text, or a reader's own."""
    ours = name in {*made, FACTS} or name.split("/")[0] in made
    return ours or " " in name or bool(OWN.fullmatch(name)) or any(ROOT.glob(name))


def test_every_make_target_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z-]+)`", README))
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert {"demo", "test"} <= named


def test_every_command_of_the_readme_is_one_and_finds_its_files() -> None:
    made, seen = set[str](), set[str]()
    for words in commands_in(README):
        name, told = parsed(words)
        assert name in READS, f"READS is to say which files nuskha {name} reads"
        read = [file for parameter in READS[name] for file in listed(told.get(parameter))]
        assert all(is_there(file, made) for file in read), f"nuskha {' '.join(words)}: {read}"
        made |= {file for parameter in WRITES.get(name, ()) for file in listed(told.get(parameter))}
        seen.add(name)
    assert seen == set(READS)  # the README shows every command


@pytest.mark.parametrize(
    "words", [["ocr", "samples/1-fever.jpg", "--fast"], ["evaluate", "all", "results"], ["compare", "one"]]
)
def test_a_command_that_is_none_is_not_parsed(words: list[str]) -> None:
    with pytest.raises(TyperException):
        parsed(words)


@pytest.mark.parametrize("name", ["samples/none.jpg", "OTHER-evaluated", "gate.yaml", "ENTITIES.tsv"])
def test_a_file_that_nothing_wrote_is_not_there(name: str) -> None:
    assert not is_there(name, {"summaries-evaluated"})


def test_every_option_that_the_readme_names_exists() -> None:
    text = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    code = [each for each in re.findall(r"`([^`]+)`", text) if not each.startswith("python -m")]
    named = {option for each in code for option in re.findall(r"(?<!\S)--[a-z-]+", each)}
    assert named <= options_of(COMMANDS)
    assert {"--engine", "--max-failures"} <= named


def options_of(command: Any) -> set[str]:
    own = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return own.union(*(options_of(each) for each in getattr(command, "commands", {}).values())) | {"--help"}
