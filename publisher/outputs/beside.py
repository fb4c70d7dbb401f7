"""What lies beside an episode's page for apps: its chapters as JSON.

Transcripts lie there too; they are assets, since they are made from a file.
"""

from collections.abc import Iterator
from dataclasses import replace

from publisher import chapters
from publisher.model import Chapter, File, Memo, Settings, Show, Templates
from publisher.outputs.podcasting import absolute

JSON_CHAPTERS = "application/json+chapters"


def files(show: Show, templates: Templates, memo: Memo) -> Iterator[File]:  # noqa: ARG001 - one signature for all outputs
    """`chapters.json` of each episode that has chapters."""
    for episode in show.episodes:
        if episode.enclosure and episode.chapters:
            whole = tuple(_absolute(show.settings, it) for it in episode.chapters)
            url = episode.url + "chapters.json"
            source = episode.source.path
            yield memo.file(url, JSON_CHAPTERS, chapters.to_json, whole, source=source)


def _absolute(settings: Settings, it: Chapter) -> Chapter:
    return replace(it, href=absolute(settings, it.href), image=absolute(settings, it.image))
