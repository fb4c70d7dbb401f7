"""show.toml as Settings."""

import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher import colors, forms
from publisher.fields import Fields, as_list, as_text, as_texts
from publisher.model import Newsletter, Settings, Smtp, Source, TargetSettings
from publisher.nodes import Node, of_toml

ADDRESS = re.compile(r"[^<>@\s]+@[^<>@\s]+\.[^<>@\s]+|[^<>]*<[^<>@\s]+@[^<>@\s]+\.[^<>@\s]+>")


def parse(text: str, path: str = "show.toml") -> Settings:
    """Read show.toml; whatever is wrong with it is in the settings' `problems`."""
    root, problems = of_toml(text, path)
    if problems:
        return Settings(Source(path), "", "", "en", "", "", "", (), "", problems=tuple(problems))
    show = Fields(root, path, problems)
    album, artist = _texts_inside(show, "audio", ("album", "artist"))
    imprint, privacy = _texts_inside(show, "legal", ("imprint", "privacy"))
    return Settings(
        source=Source.of(path, show.lines),
        title=show.required("title", "Name the show."),
        description=show.required("description", "Say in a few sentences what the show is about."),
        language=show.required("language", 'Write a language code such as "de" or "en".'),
        url=_url(show),
        author=show.required("author", "Write who makes the show."),
        email=show.required("email", "Listeners write to this address; Apple verifies with it."),
        categories=_categories(show),
        cover=show.required("cover", "Name a square picture of 1400 to 3000 pixels."),
        subtitle=show.text("subtitle"),
        explicit=show.flag("explicit"),
        type=show.choice("type", ("episodic", "serial"), "episodic"),
        guid=show.text("guid"),
        permalink=_permalink(show),
        timezone=_timezone(show),
        copyright=show.text("copyright"),
        hosts=show.persons("hosts"),
        funding=_pairs(show, "funding", "url", "text"),
        locked=show.flag("locked") if show.get("locked") else None,
        owner_email=show.text("owner_email"),
        medium=show.text("medium", "podcast"),
        license=show.text("license"),
        location=show.text("location"),
        txt=_pairs(show, "txt", "purpose", "text"),
        update_frequency=show.text("update_frequency"),
        trailer=show.text("trailer"),
        seasons=show.table("seasons"),
        new_feed_url=show.text("new_feed_url"),
        complete=show.flag("complete"),
        block=show.flag("block"),
        colors=_colors(show),
        album=album,
        artist=artist,
        feed_items=_feed_items(show),
        apps=show.table("apps"),
        imprint=imprint,
        privacy=privacy,
        newsletter=_newsletter(show),
        smtp=_smtp(show),
        target=_target(show),
        problems=show.finish(),  # last: by now all keys were asked for
    )


def _texts_inside(show: Fields, table: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    fields = show.inside(table)
    texts = tuple(fields.text(key) for key in keys)
    fields.finish()
    return texts


def _colors(show: Fields) -> dict[str, str]:
    if not show.get("colors"):
        return {}
    fields = show.inside("colors")
    given = {key: fields.text(key) for key in colors.DEFAULTS}
    for key, value in given.items():
        if value and not colors.HEX.fullmatch(value):
            hint = 'Write it as "#0d2b45": red, green and blue in two digits each.'
            fields.complain(key, f"“colors.{key}” “{value}” is no colour", hint)
    fields.finish()
    return {key: value for key, value in given.items() if colors.HEX.fullmatch(value)}


def _url(show: Fields) -> str:
    url = show.required("url", 'Write the site\'s address, such as "https://podcast.example".')
    try:
        parts = urlsplit(url)
    except ValueError:  # such as https://[::1
        parts = urlsplit("")
    if url and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query):
        hint = 'Write it in full, such as "https://podcast.example".'
        show.complain("url", f"“url” “{url}” is not the address of a site", hint)
    return url.rstrip("/")


def _permalink(show: Fields) -> str:
    permalink = show.text("permalink", "/{slug}/")
    try:
        example = permalink.format(slug="x", year="2026", month="09", day="07")
    except (KeyError, IndexError, ValueError):
        example = ""
    leads_out = ".." in permalink or "//" in permalink
    if (
        leads_out
        or "{slug}" not in permalink
        or not (example.startswith("/") and example.endswith("/"))
    ):
        hint = (
            "It begins and ends with / and contains {slug}; {year}, {month}, {day} may stand too."
        )
        show.complain("permalink", f"“permalink” “{permalink}” makes no address", hint)
        return "/{slug}/"
    return permalink


def _timezone(show: Fields) -> str:
    name = show.text("timezone", "UTC")
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        hint = 'Write a name such as "Europe/Berlin".'
        show.complain("timezone", f"“timezone” “{name}” is not known", hint)
        return "UTC"
    return name


def _categories(show: Fields) -> tuple[tuple[str, ...], ...]:
    example = 'a list such as [["Business", "Management"]]'
    node = show.get("categories")
    if node is None:
        show.complain(
            "categories",
            "“categories” is missing",
            f"Write {example}, in Apple's words.",
            "missing-key",
        )
        return ()

    def convert(node: Node) -> tuple[tuple[str, ...], ...]:
        categories = tuple(map(as_texts, as_list(node)))
        if not all(categories):
            raise ValueError
        return categories

    return show.take("categories", convert, (), example)


def _pairs(show: Fields, key: str, first: str, second: str) -> tuple[tuple[str, str], ...]:
    def pair(node: Node) -> tuple[str, str]:
        if isinstance(node.value, dict):
            it = {name: as_text(value) for name, value in node.value.items()}
            if it.keys() - {first, second}:
                raise ValueError
            return it.get(first, ""), it.get(second, "")
        text = as_text(node)
        return (text, "") if first == "url" else ("", text)

    what = f"a table with {first} and {second}, or a list of them"
    return show.take(key, lambda n: tuple(map(pair, as_list(n))), (), what)


def _feed_items(show: Fields) -> int | None:
    feed = show.inside("feed")

    def convert(node: Node) -> int | None:
        text = as_text(node)
        if text == "all":
            return None
        return _above_zero(node)

    usual: int | None = 300
    items = feed.take("items", convert, usual, 'a whole number above 0, or "all"')
    feed.finish()
    return items


def _newsletter(show: Fields) -> Newsletter | None:
    if not show.get("newsletter"):
        return None
    fields = show.inside("newsletter")
    sender = fields.required("from", 'Write "Name <address>".')
    if sender and not ADDRESS.fullmatch(sender):
        hint = 'Write it as "Name <address@host>".'
        message = f"“newsletter.from” “{sender}” holds no mail address"
        fields.complain("from", message, hint, "email")
    made = Newsletter(
        sender=sender,
        form=forms.parse(fields.inside("form"), show.text("language"))
        if fields.get("form")
        else None,
        unsubscribe=fields.text("unsubscribe"),
        subscribers=fields.text("subscribers", "subscribers.csv"),
    )
    fields.finish()
    return made


def _smtp(show: Fields) -> Smtp | None:
    if not show.get("smtp"):
        return None
    fields = show.inside("smtp")
    made = Smtp(
        fields.required("host", "Name your provider's mail server."),
        fields.integer("port", 587) or 587,
        fields.text("user"),
        fields.take("per_minute", _above_zero, 600, "a whole number above 0"),
    )
    fields.finish()
    return made


def _above_zero(node: Node) -> int:
    number = int(as_text(node))
    if number < 1:
        raise ValueError
    return number


def _target(show: Fields) -> TargetSettings:
    fields = show.inside("target")
    endpoint = fields.text("endpoint")
    usual = "endpoint" if endpoint else "public"
    made = TargetSettings(
        url=fields.text("url"),
        endpoint=endpoint,
        region=fields.text("region"),
        cloudfront=fields.text("cloudfront"),
        check=fields.choice("check", ("public", "endpoint", "off"), usual),  # type: ignore[arg-type]
    )
    fields.finish()
    return made
