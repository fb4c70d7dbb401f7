"""The values everything else is made of: a Show is read, Files are written.

All of them are frozen and complete when made. Fields that do not count in comparisons
(`compare=False`) say where a value came from; they are for error messages and copying.

Begin with `show`: a Show has Episodes, which have what is in `parts`.
"""

from publisher.model.files import (
    FOR_EVER,
    PAGE_CACHE,
    Entry,
    File,
    Memo,
    Template,
    Templates,
    on_disk,
    on_s3,
)
from publisher.model.parts import (
    Article,
    Asset,
    Body,
    Chapter,
    Enclosure,
    Heading,
    Issue,
    Person,
    Picture,
    Reference,
    Soundbite,
    Source,
    Transcript,
)
from publisher.model.settings import (
    Form,
    Newsletter,
    Settings,
    Smtp,
    TargetSettings,
    base_of,
)
from publisher.model.show import (
    Episode,
    Page,
    Show,
    Waiting,
    whole,
)

__all__ = [
    "FOR_EVER",
    "PAGE_CACHE",
    "Article",
    "Asset",
    "Body",
    "Chapter",
    "Enclosure",
    "Entry",
    "Episode",
    "File",
    "Form",
    "Heading",
    "Issue",
    "Memo",
    "Newsletter",
    "Page",
    "Person",
    "Picture",
    "Reference",
    "Settings",
    "Show",
    "Smtp",
    "Soundbite",
    "Source",
    "TargetSettings",
    "Template",
    "Templates",
    "Transcript",
    "Waiting",
    "base_of",
    "on_disk",
    "on_s3",
    "whole",
]
