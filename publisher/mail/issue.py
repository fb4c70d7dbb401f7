"""From a slug to the mail: the issue of a post that is in the show now, or why there is none."""

import difflib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from publisher import inspection, memo, read, shelf
from publisher.errors import Problem, PublishError
from publisher.mail import subscribers
from publisher.mail.log import Complain, Lists
from publisher.model import Newsletter, Settings, Show
from publisher.outputs import newsletter, preflight
from publisher.outputs.master import Master


def settings(root: Path) -> tuple[Settings, Newsletter]:
    """The show's settings and those of its newsletter."""
    found = read.settings(root)
    if not found.newsletter:
        hint = "Write [newsletter] and below it from, unsubscribe and subscribers."
        raise PublishError([Problem("show.toml", 0, "the show has no newsletter", hint)])
    return found, found.newsletter


def master(
    root: Path,
    now: datetime,
    slug: str,
    complain: Complain,
    *,
    fresh: bool = False,
    drafts: bool = False,
) -> Master:
    """The issue of the post with this slug, as the show makes it now; `complain` hears warnings.

    PublishError if the show or the mail has errors, or the post is not in the show; with `drafts`
    all posts are.
    """
    found, _ = settings(root)
    with memo.Memo(shelf.place(root), fresh=fresh) as remembered:
        ready = inspection.ready(root, found, remembered, now, drafts=drafts)
        show, templates = ready.show, ready.templates
        of_mail = list(preflight.problems(show, templates, remembered, slug))
        problems = sorted([*ready.problems, *of_mail])
        if any(it.severity == "error" for it in problems):
            raise PublishError(problems)
        paths = {it.source.path for it in show.episodes if it.slug == slug}
        for problem in problems:
            if problem in of_mail or problem.path in paths:
                complain(problem)
        local = now.astimezone(ZoneInfo(found.timezone))
        made = newsletter.issue(show, templates, slug, local)
        if not made:
            everything = read.show(root, found, remembered, now, drafts=True)
            raise PublishError([_absent(everything, slug, now)])
        return made


def lists(root: Path, newsletter: Newsletter, master: Master) -> Lists:
    """Who is to get this issue, and who wants none."""
    path = root / newsletter.subscribers
    rows = subscribers.reachable(subscribers.read(path, root), master)
    return Lists(rows, subscribers.exclusions(path.with_name(subscribers.EXCLUSIONS), root))


def unpublished(root: Path, master: Master, slug: str) -> Iterator[Problem]:
    """That readers would open pictures or a web view that `publish` never made here."""
    found, _ = settings(root)
    base = re.escape(found.url.rstrip("/"))
    shown = re.findall(rf'src="{base}/([^"?#]+)"', master.html)
    needed = (f"newsletter/{slug}/index.html", *map(unquote, shown))
    missing = [it for it in needed if not (root / "site" / it).is_file()]
    if missing:
        message = f"the mail shows /{missing[0].removesuffix('index.html')}, which is not published"
        hint = "Run publish first, unless another machine does; a mail cannot be called back."
        yield Problem("site/", 0, message, hint, "warning")


def _absent(show: Show, slug: str, now: datetime) -> Problem:
    """Why there is no issue of that slug; `show` has drafts and future posts too."""
    post = next((it for it in show.episodes if it.slug == slug), None)
    if not post:
        close = difflib.get_close_matches(slug, [it.slug for it in show.episodes], 1, 0.5)
        hint = f"Did you mean “{close[0]}”?" if close else "The slug is the last part of its URL."
        return Problem("episodes/", 0, f"there is no post “{slug}”", hint)
    source = post.source
    if post.draft:
        message = f"“{post.title}” is a draft; only what is published can be sent"
        return Problem(source.path, source.line("draft"), message, "Delete the line draft: true.")
    if post.date > now:
        message = f"“{post.title}” waits until {post.date:%Y-%m-%d %H:%M %Z}"
        hint = "Send it then, or change its date; --test ADDRESS works now."
        return Problem(source.path, source.line("date"), message, hint)
    message = f"“{post.title}” is no issue of the newsletter"
    return Problem(
        source.path, source.line("newsletter"), message, "Delete the line newsletter: false."
    )
