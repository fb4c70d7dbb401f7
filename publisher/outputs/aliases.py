"""Old addresses of posts: a page at each that leads to the new one, without any server's help.

A server that can do better answers with a redirect instead of the page: see `File.redirect`.
"""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from publisher.model import File, Memo, Show, Templates
from publisher.outputs.pages import page
from publisher.outputs.theme import Link, frame


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:
    """A page for each alias; the rule `alias-form` keeps them to plain paths."""
    site = frame(show, templates)
    for post in (it for it in show.episodes if it.aliases):
        now, redirect = Link(post.title, post.url), show.settings.url + quote(post.url, safe="/%")
        for url in post.alias_urls:
            source = post.source.path
            file = page(memo, templates, site, url, "moved.html", source=source, now=now)
            yield replace(file, redirect=redirect)
