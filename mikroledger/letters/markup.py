"""The municipality's text: Jinja fills in the words, Markdown gives the form.

Words come in as text only and leave as text only: each sign that means something in Markdown
is escaped. Nothing can be called, and a word that is unknown or empty is refused, never a gap.
"""

import difflib
import json
import re
import string
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from mikroledger.errors import RefusedError
from mikroledger.letters.tables import Block

_PLACE = re.compile(r"\[\[([a-z]+)\]\]")
_SIGNS = frozenset(string.punctuation)
_SYNTAX = re.compile(r"\*|\[\[|\]\]|\{\{|\}\}|\{%|%\}")
_TWO_DOTS = re.compile(r"(\\\.\**)\.(?=\s|$)")  # "555,55 kr." at the end of a sentence
_RULES = ("heading", "list", "emphasis", "escape", "newline")


@dataclass(frozen=True, slots=True)
class Body:
    """A text that is read: heading, blocks for the layout, and its plain words."""

    title: str
    blocks: tuple[Block, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """One template file."""

    where: Path
    source: str

    def refuse(self, da: str, en: str, line: int = 0) -> RefusedError:
        """Return the refusal that names the file, and the line if it is known."""
        return RefusedError(
            da=f"{self.where}{f', linje {line}' if line else ''}: {da}",
            en=f"{self.where}{f', line {line}' if line else ''}: {en}",
        )


def compose(script: Script, words: Mapping[str, str], blocks: Mapping[str, Block]) -> Body:
    """Read a template with its words and blocks.

    Raises:
        RefusedError: it names something that is not there, or leaves something out.
    """
    tokens = _parser().parse(fill(script, words))
    read = list(_blocks(script, iter(tokens), blocks))
    placed = [each["name"] for each in read if "name" in each]
    if sorted(placed) != sorted(blocks):
        wanted = ", ".join(f"[[{each}]]" for each in sorted(blocks))
        raise script.refuse(
            da=f"Hver af {wanted} skal stå på sin egen linje præcis én gang.",
            en=f"Each of {wanted} must stand on a line of its own, exactly once.",
        )
    levels = [each.get("level") for each in read]
    if not read or levels[0] != 1 or levels.count(1) != 1:
        raise script.refuse(
            da="Teksten skal begynde med én overskrift med ét #; kun den har ét #.",
            en="The text must begin with one heading with one #; no other has one #.",
        )
    text = "\n".join(_plain(read)).replace("\u00a0", " ")
    return Body(_said(read[0]["runs"]).replace("\u00a0", " "), tuple(read), text)


def as_json(data: Mapping[str, object]) -> str:
    """Write a letter as the layout reads it."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


# ------------------------------------------------------------------ Jinja


def fill(script: Script, words: Mapping[str, str]) -> str:
    """Fill in the words, each escaped.

    Raises:
        RefusedError: a word is unknown or empty, or the template is wrong.
    """
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        template, used = _compiled(script.source)
        _only_known(script, words, used)
        filled = str(template.render(words))
        return _TWO_DOTS.sub(r"\1", filled)
    except TemplateSyntaxError as error:
        raise _unreadable(script, error) from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        empty = ", ".join(sorted(key for key, word in words.items() if not word))
        raise script.refuse(
            da=f"Et ord kan ikke skrives ({error}). Tomme ord i dette brev: {empty or 'ingen'}. "
            "Udfyld oplysningen, eller sæt {% if ordet %} om sætningen.",
            en=f"A word cannot be written ({error}). Empty words in this letter: "
            f"{empty or 'none'}. Fill in what is missing, or put {{% if word %}} around it.",
            line=_line_of(error),
        ) from error


@lru_cache(maxsize=100)
def _compiled(source: str) -> tuple[Any, Mapping[str, int]]:
    """Return a template that is ready to fill in, and the words it uses with their lines."""
    from jinja2 import meta, nodes

    tree = _environment().parse(source)
    lines: dict[str, int] = {}
    for each in tree.find_all(nodes.Name):
        lines[each.name] = min(each.lineno, lines.get(each.name, each.lineno))
    used = meta.find_undeclared_variables(tree)
    return _environment().from_string(source), {word: lines[word] for word in sorted(used)}


def _unreadable(script: Script, error: Any) -> RefusedError:
    return script.refuse(
        da=f"Skabelonen kan ikke læses: {error.message}. Ret linjen.",
        en=f"The template cannot be read: {error.message}. Correct the line.",
        line=error.lineno,
    )


def _only_known(script: Script, words: Mapping[str, str], used: Mapping[str, int]) -> None:
    """Refuse a misspelt word, also where this letter would not come to it."""
    for unknown, line in used.items():
        if unknown in words:
            continue
        near = difflib.get_close_matches(unknown, words, 1, cutoff=0.5)
        known = ", ".join(sorted(words))
        raise script.refuse(
            da=f"»{unknown}« er ikke et ord i dette brev. "
            + (f"Mente du »{near[0]}«?" if near else f"Ordene er: {known}."),
            en=f"'{unknown}' is no word of this letter. "
            + (f"Did you mean '{near[0]}'?" if near else f"The words are: {known}."),
            line=line,
        )


def _line_of(error: BaseException) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno or 0 for each in frames if each.filename == "<template>"), 0)


@cache
def _environment() -> Any:
    """Return a Jinja that knows words and `if`, and neither calls, sums nor other files."""
    from jinja2 import DictLoader, StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)
        intercepted_unops = frozenset(ImmutableSandboxedEnvironment.default_unop_table)

        def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 - no call is safe
            return False

        def call_binop(self, context: Any, operator: str, *_sides: Any) -> Any:  # noqa: ARG002
            raise SecurityError(f"no sums in a letter: {operator}")

        def call_unop(self, context: Any, operator: str, arg: Any) -> Any:
            return self.call_binop(context, operator, arg)

    environment = Sandbox(
        loader=DictLoader({}),
        undefined=StrictUndefined,
        finalize=_word,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for known in (environment.globals, environment.filters, environment.tests):
        known.clear()
    return environment


def _word(value: object) -> str:
    """Escape a word for Markdown; an empty one would be a gap."""
    text = str(value)  # an undefined one raises here
    if not isinstance(value, str) or not text:
        raise ValueError(f"empty: {value!r}")
    return "".join(f"\\{sign}" if sign in _SIGNS else sign for sign in text)


# --------------------------------------------------------------- Markdown


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    # Without text_join an escaped sign stays apart from a sign that the template wrote.
    return MarkdownIt("zero").enable(list(_RULES)).disable(["text_join", "inline"])


@lru_cache(maxsize=500)
def _inline(words: str) -> Sequence[Any]:
    """Read a paragraph's words: apart from the blocks, as letters have most of them in common."""
    read: list[Any] = []
    _parser().inline.parse(words, _parser(), {}, read)
    return read


def _blocks(
    script: Script, tokens: Iterator[Any], known: Mapping[str, Block], end: str = ""
) -> Iterator[Block]:
    """Read blocks up to the token `end`."""
    for token in tokens:
        match token.type:
            case "heading_open":
                runs = _runs(script, next(tokens))
                yield {"kind": "heading", "level": int(token.tag[1:]), "runs": runs}
            case "inline" if place := _PLACE.fullmatch(token.content.strip()):
                yield _placed(script, place[1], known)
            case "inline":
                yield {"kind": "paragraph", "runs": _runs(script, token)}
            case "bullet_list_open" | "ordered_list_open":
                items = list(_items(script, tokens, known, token.type.replace("open", "close")))
                yield {"kind": "list", "ordered": token.tag == "ol", "items": items}
            case kind if kind == end:
                return


def _items(
    script: Script, tokens: Iterator[Any], known: Mapping[str, Block], end: str
) -> Iterator[list[Block]]:
    while next(tokens).type != end:
        yield list(_blocks(script, tokens, known, "list_item_close"))


def _placed(script: Script, name: str, known: Mapping[str, Block]) -> Block:
    if name not in known:
        places = ", ".join(f"[[{each}]]" for each in sorted(known))
        raise script.refuse(
            da=f"[[{name}]] findes ikke i dette brev. Der er {places}.",
            en=f"[[{name}]] is not in this letter. There are {places}.",
        )
    return {"name": name, **known[name]}


def _runs(script: Script, inline: Any) -> list[Block]:
    """Read the words of a paragraph with their weight."""
    runs: list[Block] = []
    bold = italic = 0
    for token in _inline(inline.content):
        match token.type:
            case "strong_open" | "strong_close":
                bold += token.nesting
            case "em_open" | "em_close":
                italic += token.nesting
            case "softbreak":
                runs.append({"text": " ", "bold": bool(bold), "italic": bool(italic)})
            case "hardbreak":
                runs.append({"text": "\n", "bold": False, "italic": False})
            case kind:
                if kind == "text" and (stray := _SYNTAX.search(token.content)):
                    raise script.refuse(
                        da=f"»{stray[0]}« står alene ved »{token.content.strip()}«. "
                        r"Luk det, eller skriv \ foran.",
                        en=f"'{stray[0]}' stands alone at '{token.content.strip()}'. "
                        r"Close it, or write \ before it.",
                    )
                runs.append({"text": token.content, "bold": bool(bold), "italic": bool(italic)})
    return _joined(runs)


def _joined(runs: Sequence[Block]) -> list[Block]:
    """Join neighbours of one weight, so that words are not cut in pieces."""
    joined: list[Block] = []
    for run in runs:
        if not run["text"]:
            continue
        last = joined[-1] if joined else None
        if last and (last["bold"], last["italic"]) == (run["bold"], run["italic"]):
            last["text"] += run["text"]
        else:
            joined.append(dict(run))
    return joined


def _said(runs: Sequence[Block]) -> str:
    return "".join(str(run["text"]) for run in runs)


def _plain(blocks: Sequence[Block]) -> Iterator[str]:
    """Return a line for each heading, paragraph and point of a list."""
    for block in blocks:
        if "runs" in block:
            yield _said(block["runs"])
        for item in block.get("items", ()):
            yield from _plain(item)
