"""Pictures as browsers choose among them: WebP in several widths, else a plain picture.

https://html.spec.whatwg.org/multipage/images.html
"""

import re
from html import escape

from publisher import text
from publisher.model import Article, Picture

IN_ARTICLE = "(min-width: 41rem) 38rem, calc(100vw - 2.5rem)"  # the widths of .article in style.css
FOLD = 80  # words of an article; a picture that comes before may be seen at once
_IMG = re.compile(r"""<img(?: [^\s=>"']+(?:=(?:"[^"]*"|'[^']*'))?)*>""")
_REFERENCE = re.compile(r'\bsrc="ref:(\d+)"')


def linked(article: Article, base: str) -> str:
    """`text.linked`, with each picture in all its widths; for pages, not for feeds and mails."""
    html = article.html
    first = html.find("<img")
    if first < 0:
        return text.linked(article, base)
    words = re.sub(r"<[^>]*>", " ", html[:first]).split()
    eager = first if len(words) < FOLD else -1

    def chosen(match: re.Match[str]) -> str:
        tag = match[0].replace("<img", '<img decoding="async"', 1)
        if match.start() == eager:
            tag = tag.replace(' loading="lazy"', "")
        found = _REFERENCE.search(tag)
        variants = article.references[int(found[1])].variants if found else ()
        return _inside(tag, variants, base, IN_ARTICLE)

    return text.placed(article, _IMG.sub(chosen, html), base)


def element(picture: Picture, base: str, alt: str, sizes: str, *, lazy: bool = True) -> str:
    """A picture as HTML; `sizes` says how wide it is shown, `lazy` that it may come late."""
    src, name = escape(base + picture.url), escape(alt)
    late = ' loading="lazy"' if lazy else ""
    size = f'width="{picture.width}" height="{picture.height}"'
    tag = f'<img src="{src}" {size} alt="{name}"{late} decoding="async">'
    return _inside(tag, picture.variants, base, sizes)


def _inside(tag: str, variants: tuple[Picture, ...], base: str, sizes: str) -> str:
    if not variants:
        return tag
    urls = ", ".join(f"{escape(base + it.url)} {it.width}w" for it in variants)
    source = f'<source type="image/webp" srcset="{urls}" sizes="{sizes}">'
    return f"<picture>{source}{tag}</picture>"
