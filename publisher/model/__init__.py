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
    Made,
    Memo,
    Template,
    Templates,
    on_disk,
    on_s3,
)
from publisher.model.parts import (
    NOWHERE,
    SILENCE,
    Apart,
    Article,
    Asset,
    Body,
    Chapter,
    Enclosure,
    Heading,
    Issue,
    Moments,
    Person,
    Picture,
    Reference,
    Soundbite,
    Source,
    Spoken,
    Texts,
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
    "NOWHERE",
    "PAGE_CACHE",
    "SILENCE",
    "Apart",
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
    "Made",
    "Memo",
    "Moments",
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
    "Spoken",
    "TargetSettings",
    "Template",
    "Templates",
    "Texts",
    "Transcript",
    "Waiting",
    "base_of",
    "on_disk",
    "on_s3",
    "whole",
]
