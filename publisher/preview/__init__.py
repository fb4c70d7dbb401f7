"""The author's desk: the site while it is being written, in a browser that keeps up with it.

`desk` builds and remembers the outcome, `watch` tells it when, `answers` serves the site with what
is shown of it beside, `views` makes that. Nothing of it gets into `site/`.
"""
