"""An article as its author typed it: front matter between --- lines, then Markdown."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from publisher import chapters
from publisher.digest import NEW
from publisher.errors import Problem
from publisher.fields import Fields, as_flag, as_list, as_text, as_texts, seconds
from publisher.model import Chapter, Issue, Person, Soundbite, Source
from publisher.nodes import Node, of_yaml

NO_FRONT_MATTER = "Begin the file with a line ---, lines such as `title: …`, and a line ---."


@dataclass(frozen=True)
class Written:
    """All that an article file says; facts from other files are not here yet.

    `issue` is None if the author wants no mail, `chapters` is None if none are typed.
    """

    source: Source
    title: str
    body: str
    body_line: int
    slug: str
    date: datetime | None = None
    subtitle: str = ""
    description: str = ""
    number: Decimal | None = None
    display: str = ""
    season: int | None = None
    type: str = "full"
    explicit: bool | None = None
    image: str = ""
    tags: tuple[str, ...] = ()
    hosts: tuple[Person, ...] = ()
    guests: tuple[Person, ...] = ()
    audio: str = ""
    chapters: tuple[Chapter, ...] | None = None
    transcript: str = ""
    guid: str = ""
    aliases: tuple[str, ...] = ()
    draft: bool = False
    issue: Issue | None = None
    location: str = ""
    license: str = ""
    soundbites: tuple[Soundbite, ...] = ()
    problems: tuple[Problem, ...] = field(default=(), compare=False)


def split(text: str, path: str) -> tuple[Node, str, int, list[Problem]]:
    """Divide a file into its front matter, its Markdown and the line where that begins."""
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        message = "there is no front matter"
        problem = Problem(path, 1, message, NO_FRONT_MATTER, rule="front-matter")
        return Node({}, 1), text, 1, [problem]
    for end, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":
            fields, problems = of_yaml("".join(lines[1:end]), path, 2)
            return fields, "".join(lines[end + 1 :]), end + 2, problems
    hint = "Close it with a line ---."
    problem = Problem(path, 1, "the front matter has no end", hint, rule="front-matter")
    return Node({}, 1), text, 1, [problem]


def page(text: str, path: str, slug: str) -> Written:
    """A standing page."""
    node, body, body_line, problems = split(text, path)
    fields = Fields(node, path, problems)
    broken = bool(problems)
    return Written(
        source=Source.of(path, fields.lines),
        title="" if broken else fields.required("title", "Write a line `title: …`."),
        body=body,
        body_line=body_line,
        slug=_slug(fields, slug),
        description=fields.text("description"),
        draft=fields.flag("draft"),
        problems=fields.finish(),
    )


def post(text: str, path: str, slug: str, zone: ZoneInfo) -> Written:
    """An article of the show; dates without an offset are in `zone`."""
    node, body, body_line, problems = split(text, path)
    if problems:
        return Written(Source(path), "", body, body_line, slug, problems=tuple(problems))
    fields = Fields(node, path, problems)
    title = fields.required("title", "Write a line `title: …`.")
    date = fields.date("date", zone)
    if date is None and fields.get("date") is None:
        hint = "Write a line such as `date: 2026-09-07`."
        fields.complain("date", "“date” is missing", hint, "missing-key")
    description = fields.text("description")
    number, display = _number(fields)
    return Written(
        source=Source.of(path, fields.lines),
        title=title,
        body=body,
        body_line=body_line,
        slug=_slug(fields, slug),
        date=date,
        subtitle=fields.text("subtitle"),
        description=description,
        number=number,
        display=display,
        season=fields.integer("season"),
        type=fields.choice("type", ("full", "trailer", "bonus"), "full"),
        explicit=fields.flag("explicit") if fields.get("explicit") else None,
        image=fields.text("image"),
        tags=fields.texts("tags"),
        hosts=fields.persons("hosts"),
        guests=fields.persons("guests"),
        audio=fields.text("audio"),
        chapters=_chapters(fields),
        transcript=fields.text("transcript"),
        guid=fields.text("guid"),
        aliases=fields.texts("aliases"),
        draft=fields.flag("draft"),
        issue=_issue(fields, title, description),
        location=fields.text("location"),
        license=fields.text("license"),
        soundbites=fields.take(
            "soundbites",
            lambda n: tuple(_soundbite(fields, item) for item in as_list(n)),
            (),
            "a list of {start, duration, title}",
        ),
        problems=fields.finish(),  # last: by now all keys were asked for
    )


def _slug(fields: Fields, default: str) -> str:
    slug = fields.text("slug", default) or default
    if not re.fullmatch(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*", slug):
        hint = "Use small letters a to z, digits and hyphens: `slug: " + slugified(slug) + "`."
        fields.complain("slug", f"“{slug}” makes no address", hint, "slug")
        return slugified(slug)
    return slug


def slugified(text: str) -> str:
    """A text in the letters of an address, umlauts spelt out: `Größe & Maß` -> `groesse-mass`.

    A text without one Latin letter or digit becomes `post-` and a part of its fingerprint: the
    same text gets the same address, another one another.
    """
    return latin(text) or _unspelt(text)


def latin(text: str) -> str:
    """What of a text can be spelt in the letters of an address; '' if nothing can."""
    spelt = text.lower()
    for umlaut, letters in ("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"):
        spelt = spelt.replace(umlaut, letters)
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _unspelt(text: str) -> str:
    whole = unicodedata.normalize("NFC", text).casefold().strip()
    return f"post-{hashlib.sha256(whole.encode('utf-8', 'replace')).hexdigest()[:6]}"


def _number(fields: Fields) -> tuple[Decimal | None, str]:
    """`episode: 3`, or `episode: {number: 3.5, display: Spezial}`."""
    node = fields.get("episode")
    if node is None or not isinstance(node.value, dict):
        return fields.number("episode"), ""
    inside = fields.inside("episode")
    found = inside.number("number"), inside.text("display")
    inside.finish()
    return found


def _chapters(fields: Fields) -> tuple[Chapter, ...] | None:
    node = fields.get("chapters")
    if node is None:
        return None
    if not isinstance(node.value, list):
        return _chapter_lines(fields, as_text(node), node.line)
    made: list[Chapter] = []
    for item in node.value:
        if not isinstance(item.value, dict):
            made.extend(_chapter_lines(fields, as_text(item), item.line))
            continue
        chapter = Fields(item, fields.path, fields.problems, "chapters.")
        start = chapter.take("start", lambda n: seconds(as_text(n)), None, "a time such as 1:02:03")
        title = chapter.required("title", "Write the chapter's title.")
        if start is None and "start" not in chapter.lines:
            hint = "Write it as 00:01:30."
            chapter.complain("start", "“chapters.start” is missing", hint, "missing-key")
        href, image = chapter.text("href"), chapter.text("image")
        if start is not None:
            made.append(Chapter(start, title, href, image, item.line))
        chapter.finish()
    return tuple(made)


def _chapter_lines(fields: Fields, text: str, line: int) -> tuple[Chapter, ...]:
    offset = line if "\n" in text else line - 1  # a block of lines begins below its key
    try:
        found = chapters.parse_lines(text)
    except chapters.ChapterError as error:
        at = offset + error.line
        problem = Problem(fields.path, at, error.message, error.hint, rule="chapter-syntax")
        fields.problems.append(problem)
        return ()
    return tuple(replace(chapter, line=offset + chapter.line) for chapter in found)


def _issue(fields: Fields, title: str, description: str) -> Issue | None:
    node = fields.get("newsletter")
    if node is None:
        return Issue(title, description)
    if not isinstance(node.value, dict):
        wanted = fields.take(
            "newsletter", as_flag, True, "false, or a table with subject, preheader"
        )
        return Issue(title, description) if wanted else None
    inside = fields.inside("newsletter")
    none: tuple[str, ...] = ()
    slugs = inside.take("digest", as_texts, none, "a list of slugs, or “new”")
    digest = inside.get("digest")
    is_new = digest is not None and digest.value == NEW  # [new] is a post of that name
    issue = Issue(
        subject=inside.text("subject", title),
        preheader=inside.text("preheader", description),
        digest=() if is_new else slugs,
        is_new=is_new,
    )
    inside.finish()
    return issue


def _soundbite(fields: Fields, node: Node) -> Soundbite:
    inside = Fields(node, fields.path, fields.problems, "soundbites.")
    example = "a time such as 1:02"
    made = Soundbite(
        inside.take("start", lambda n: seconds(as_text(n)), 0.0, example),
        inside.take("duration", lambda n: seconds(as_text(n)), 0.0, "seconds such as 30"),
        inside.text("title"),
    )
    inside.finish()
    return made
