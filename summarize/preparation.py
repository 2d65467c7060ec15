"""From a query to what is put to an engine: languages, what is told besides, the prompt, its length."""

from collections.abc import Callable
from dataclasses import dataclass

from multilingual.language import Profile, profile
from summarize.attachments import Attached, Attachments
from summarize.clean import without_special_tokens
from summarize.engines.base import Engine, Request
from summarize.flags import flag
from summarize.instructions import holds_instructions
from summarize.languages import target_of
from summarize.plain import one_line
from summarize.prompts import Prompt, load_prompt
from summarize.queries import Query
from summarize.shorten import shorten

Render = Callable[[str, str | None], str]
"""From a message and what is told besides to a prompt."""


def _rendering(prompt: Prompt | None, has_picture: bool) -> Render:
    if prompt is None:
        return lambda message, _: message
    return lambda message, beside: prompt.render(message, beside, has_picture=has_picture)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query ready for an engine; `sources` is all that its summary may tell from."""

    query: Query
    profile: Profile
    context: str | None
    prompt: Prompt | None
    request: Request
    sources: tuple[str, ...]
    image_used: bool
    flags: tuple[str, ...]


class Unprepared(ValueError):
    """No prompt can be made: there is none for the language, or the engine takes too few tokens for it."""


def prepare(query: Query, engine: Engine, target: str, attachments: Attachments) -> Prepared:
    """Prepare a query that has no error. Raises Unprepared."""
    seen = profile(query.query)
    language = target_of(target, seen, query.language)
    prompt = _prompt(engine.prompt, language)
    image = attachments.open(query.image, query.source) if query.image else Attached()
    picture = image.picture if engine.sees else None
    told = [one_line(part) for part in (query.notes, query.context, image.text) if part]
    context = " ".join(told) or None
    flags = [*image.flags, *_doubts(query.query, context)]
    if image.picture is not None and picture is None:
        flags.append("image_unseen")
    render = _rendering(prompt, has_picture=picture is not None)
    message, beside, cut = _fitted(query.query, context, engine, render)
    return Prepared(
        query=query,
        profile=seen,
        context=context,
        prompt=prompt,
        request=Request(
            query=message,
            prompt=render(message, beside) if prompt else "",
            language=seen.language,
            target_language=language,
            image=picture,
        ),
        sources=(query.query, *told),
        image_used=picture is not None or image.text is not None,
        flags=(*flags, *cut),
    )


def _prompt(task: str, language: str) -> Prompt | None:
    try:
        return load_prompt(task, language) if task else None
    except ValueError as error:
        raise Unprepared(str(error)) from None


def _doubts(message: str, context: str | None) -> list[str]:
    """Flags of the text itself: characters that were lost before it came here, and instructions in it."""
    text = f"{message}\n{context or ''}"
    lost = text.count("\ufffd")
    flags = [flag("characters_lost", str(lost))] if lost else []
    return [*flags, "instructions_in_query"] if holds_instructions(text) else flags


def _fitted(
    message: str, beside: str | None, engine: Engine, render: Render
) -> tuple[str, str | None, list[str]]:
    """The message and what is told besides, shortened where the engine takes fewer tokens; and flags."""
    message = without_special_tokens(message)
    beside = without_special_tokens(beside) if beside else None
    if engine.longest is None or engine.count_tokens([render(message, beside)])[0] <= engine.longest:
        return message, beside, []
    own, wanted, noted = engine.count_tokens([render("", "." if beside else None), message, beside or ""])
    room = engine.longest - own
    flags = []
    if beside and noted > (allowed := max(room // 2, room - wanted)):
        shorter = shorten(beside, allowed, engine.count_tokens)
        flags.append(flag("context_shortened", f"{shorter.kept} of {shorter.of} sentences kept"))
        beside = shorter.text or None
        noted = engine.count_tokens([shorter.text])[0]
    room -= noted
    if wanted <= room and engine.count_tokens([render(message, beside)])[0] <= engine.longest:
        return message, beside, flags
    while room > 0:
        shorter = shorten(message, room, engine.count_tokens)
        if not shorter.text:
            break
        if engine.count_tokens([render(shorter.text, beside)])[0] <= engine.longest:
            flags.append(flag("query_shortened", f"{shorter.kept} of {shorter.of} sentences kept"))
            return shorter.text, beside, flags
        room = room * 9 // 10  # texts joined to a prompt can have more tokens than by themselves
    raise Unprepared(f"the engine takes {engine.longest} tokens, too few for its prompt and a sentence")
