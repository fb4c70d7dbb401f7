"""Which posts an issue of the newsletter gathers; told from the show alone, never from the log.

So the web view, the mail and a second build on another machine agree, and an issue that was sent
can be made again.
"""

from dataclasses import replace

from publisher.model import Episode, Issue, Show

NEW = "new"  # `digest: new`: what came since the last digest


def gathered(show: Show, post: Episode) -> tuple[Episode, ...]:
    """The posts that the issue of `post` gathers; names that no post has are left out.

    Named ones come in the order of their names; with `digest: new` it is every post since the
    last one that is a digest itself, newest first.
    """
    if not post.issue or not post.issue.gathers:
        return ()
    if post.issue.is_new:
        return _since_the_last(show, post)
    by_slug = {it.slug: it for it in show.episodes}
    named = (by_slug.get(slug) for slug in dict.fromkeys(post.issue.digest))
    return tuple(it for it in named if it and it.slug != post.slug)


def _since_the_last(show: Show, post: Episode) -> tuple[Episode, ...]:
    older = [
        it
        for it in show.episodes[show.episodes.index(post) + 1 :]  # newest first
        if not it.draft  # a test mail or a preview has what readers will get
    ]
    is_digest = (bool(it.issue and it.issue.gathers) for it in older)
    end = next((place for place, is_one in enumerate(is_digest) if is_one), len(older))
    return tuple(older[:end])


def issue(show: Show, post: Episode) -> Issue | None:
    """The issue of a post; a digest without words of its own shows its posts' titles first."""
    found = post.issue
    if found and found.gathers and not found.preheader:
        return replace(found, preheader=" · ".join(it.title for it in gathered(show, post)))
    return found
