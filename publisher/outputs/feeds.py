"""The feeds, each long and made anew with each post: another process does it meanwhile."""

from collections.abc import Iterator
from itertools import chain

from publisher.model import Batch, Memo, Show, Templates
from publisher.outputs import articles, itunes, jsonfeed


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[Batch]:  # noqa: ARG001 - one signature for all outputs
    """Those of episodes, of all posts, and the latter as JSON."""
    yield memo.meanwhile(
        chain.from_iterable(it.calls(show, memo) for it in (itunes, articles, jsonfeed))
    )
