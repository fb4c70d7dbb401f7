"""What a show becomes: each module here turns it into Files.

A new output is one module with a `files(show, templates, memo)` and its name in `OUTPUTS`. Where
there are many files it yields them in batches, which are known again without looking at each. A new
feed has `calls(show, memo)` instead, and its name in `feeds`.
"""

from collections.abc import Callable, Iterable, Iterator

from publisher.errors import Problem
from publisher.model import Batch, File, Memo, Show, Templates
from publisher.outputs import (
    aliases,
    feeds,
    itunes,
    media,
    newsletter,
    pages,
    preflight,
    search,
    webapp,
)
from publisher.outputs.media import batch

Output = Callable[[Show, Templates, Memo], Iterable[File | Batch]]

OUTPUTS: tuple[Output, ...] = (
    media.files,
    pages.files,
    newsletter.files,
    aliases.files,
    search.files,
    webapp.files,
)


def problems(show: Show, templates: Templates, memo: Memo) -> list[Problem]:
    """What can be said of a show only once its outputs are made."""
    return [*itunes.problems(show, memo), *preflight.problems(show, templates, memo)]


def batches(show: Show, templates: Templates, memo: Memo) -> Iterator[Batch]:
    """All that the show becomes; what is begun first comes last, since others make it."""
    begun = list(feeds.files(show, templates, memo))
    for output in OUTPUTS:
        alone = []
        for it in output(show, templates, memo):
            if isinstance(it, Batch):
                yield it
            else:
                alone.append(it)
        if alone:
            yield batch(alone)
    yield from begun


def mails(show: Show, templates: Templates, memo: Memo) -> Iterator[Batch]:
    """Each issue as an .eml, to open in a mail program; these are not published."""
    yield from newsletter.mails(show, templates, memo)
