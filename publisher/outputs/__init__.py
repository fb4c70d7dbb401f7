"""What a show becomes: each module here turns it into Files.

A new output is one module with a `files(show, templates, memo)` and its name in `OUTPUTS`.
"""

from collections.abc import Callable, Iterable, Iterator

from publisher.errors import Problem, PublishError
from publisher.model import File, Memo, Show, Templates
from publisher.outputs import (
    aliases,
    articles,
    beside,
    itunes,
    jsonfeed,
    media,
    newsletter,
    pages,
    search,
    webapp,
)

mails = newsletter.mails

Output = Callable[[Show, Templates, Memo], Iterable[File]]

OUTPUTS: tuple[Output, ...] = (
    media.files,
    pages.files,
    itunes.files,
    articles.files,
    jsonfeed.files,
    beside.files,
    newsletter.files,
    aliases.files,
    search.files,
    webapp.files,
)


def problems(show: Show, memo: Memo) -> list[Problem]:
    """What can be said of a show only once its outputs are made."""
    return list(itunes.problems(show, memo))


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:
    """All that the show becomes, each URL once."""
    sources: dict[str, str] = {}
    for output in OUTPUTS:
        for file in output(show, templates, memo):
            source = file.source or "the theme"
            if file.url in sources:
                message = f"{file.url} is made twice: from {sources[file.url]} and from {source}"
                hint = "Give one of them another slug, tag, alias or name."
                raise PublishError([Problem(source, 0, message, hint)])
            sources[file.url] = source
            yield file
