"""The Markdown that authors know from GitHub, on Python-Markdown.

Its inline syntax is used as it is. What differs from CommonMark in blocks is here: where code and
raw HTML begin and end (`source`), lists and quotes (`blocks`). `inline` adds what GitHub, readers
of other languages and listeners need; `quick` spares most of the time.

Only `text` imports these modules, when the first article is converted.
"""
