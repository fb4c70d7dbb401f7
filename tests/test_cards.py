"""Share cards: the right words in the right letters, in few bytes, in the show's colours."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from shows import ROOT, publish

from publisher import cards, colors, lettering
from publisher.lettering import Room, drawable, fitted

FACES = cards.faces(Path("/nowhere"))
ROOM = Room(628, 340, cards.TITLE_SIZES)
CARD = cards.Card(
    title="Größe zählt: Öl, Übermut, ß und „Äpfel“ – für 5 €",
    show="Küche & Keller",
    meta="Folge 12 · 7. September 2026",
    length="52 Min.",
    language="de",
    palette=colors.palette({}),
    faces=FACES,
    cover="digest",
    path=ROOT / "cover.jpg",
    folder=Path("/nowhere"),
)


def made(card: cards.Card) -> Image.Image:
    (it,) = card.make()
    assert len(it.body) <= 100_000
    picture = Image.open(io.BytesIO(it.body))
    assert (
        (picture.format, picture.size) == ("JPEG", (1200, 630)) == ("JPEG", (it.width, it.height))
    )
    return picture.convert("RGB")


def lines(title: str, language: str = "de") -> tuple[str, ...]:
    return fitted(title, FACES.bold, ROOM, language).lines


@pytest.mark.parametrize("character", "äöüÄÖÜßẞéèêñçåøæœłžščřőűțşığįėāþð„“”‚‘’»«–—…€§&αΩΔыЖї")
def test_the_fonts_have_the_letters_of_europe(character: str) -> None:
    for face in (FACES.bold, FACES.medium):
        assert drawable(character, face) == character


def test_emoji_and_symbols_go_and_accents_too_if_they_must() -> None:
    assert drawable("Raketen 🚀 starten 👩‍🚀!", FACES.bold) == "Raketen starten !"
    assert drawable("Hà Nộị", FACES.bold) == "Hà Noi"
    assert drawable("a\u0308 wie Äpfel", FACES.bold) == "ä wie Äpfel"


@pytest.mark.parametrize("title", ["日本語のタイトル", "שלום עולם", "Podcast 日本", "🥗🚀"])
def test_a_title_that_would_lose_letters_gets_no_card(title: str) -> None:
    assert drawable(title, FACES.bold) == ""
    assert replace(CARD, title=title).make() == []


def test_a_post_without_a_card_is_shared_with_its_cover(show: Path) -> None:
    path = show / "episodes/brot.md"
    path.write_text(path.read_text().replace("Das Brot", "パンについて"), "utf-8")
    ran = publish(show, "build")
    assert ran.code == 0, ran.err
    page = (show / "site/brot/index.html").read_text("utf-8")
    assert 'property="og:image" content="https://kueche.example/assets/cover-600-' in page
    assert 'name="twitter:card" content="summary"' in page


def test_a_post_is_shared_with_its_card(show: Path) -> None:
    assert publish(show, "build").code == 0
    page = (show / "site/brot/index.html").read_text("utf-8")
    (name,) = [it.name for it in (show / "site/assets").glob("brot-card-*.jpg")]
    url = f"https://kueche.example/assets/{name}"
    for line in (
        f'<meta property="og:image" content="{url}">',
        '<meta property="og:image:type" content="image/jpeg">',
        '<meta property="og:image:width" content="1200">',
        '<meta property="og:image:height" content="630">',
        '<meta property="og:image:alt" content="Das Brot">',
        f'<meta name="twitter:image" content="{url}">',
        '<meta name="twitter:card" content="summary_large_image">',
    ):
        assert page.count(line) == 1, line
    assert page.count("og:image:width") == 1


# -- lines -------------------------------------------------------------------------------------


def test_lines_are_of_like_length() -> None:
    assert lines("Vom Ingenieur zum Sales Leader") == ("Vom Ingenieur", "zum Sales Leader")
    title = "Why engineers make the best salespeople, and what they still have to learn from them"
    font = FACES.bold.at(fitted(title, FACES.bold, ROOM, "en").size)
    widths = [font.getlength(line) for line in lines(title, "en")]
    assert min(widths) > 0.7 * max(widths)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Erklärungsbedürftigkeitsanalyse", ("Erklärungsbedürf-", "tigkeitsanalyse")),
        ("Die Messe-Checkliste", ("Die Messe-", "Checkliste")),
        ("Bedarfs\N{SOFT HYPHEN}analysen\N{SOFT HYPHEN}gesprächsleitfaden",
         ("Bedarfsanalysen-", "gesprächsleitfaden")),
    ],
)  # fmt: skip
def test_long_words_are_divided_where_their_language_allows(
    title: str, expected: tuple[str, ...]
) -> None:
    assert lines(title) == expected


def test_a_syllable_has_a_vowel() -> None:
    parts = lettering._syllables("Bedarfsanalysegespräch", "de")  # noqa: SLF001
    assert "".join(parts) == "Bedarfsanalysegespräch"
    assert len(parts) > 3
    assert "rfs" not in parts


def test_every_line_fits_however_long_the_title() -> None:
    for title in ("W" * 300, "Wort " * 90, "Ein sehr langer Titel: " * 30, "x", "a-" * 200):
        block = fitted(title.strip(), FACES.bold, ROOM, "de")
        font = FACES.bold.at(block.size)
        assert all(font.getlength(line) <= ROOM.width for line in block.lines)
        assert block.leading * len(block.lines) <= ROOM.height
    assert lines("Wort " * 90)[-1].endswith("…")


# -- pixels ------------------------------------------------------------------------------------


def differs(one: Image.Image, other: Image.Image, box: tuple[int, int, int, int]) -> bool:
    return (
        ImageChops.difference(one.crop(box), other.crop(box))
        .point(lambda value: 255 * (value > 40))
        .getbbox()
        is not None
    )


def test_each_part_of_a_card_stands_in_its_place() -> None:
    whole = cards.draw(CARD)
    title, head, foot = (60, 130, 700, 480), (60, 50, 700, 110), (60, 545, 700, 590)
    length, picture = (250, 495, 520, 535), (750, 120, 1140, 510)
    for changes, places in (
        ({"title": "Grosse zahlt"}, [title]),
        ({"show": "Andere"}, [head]),
        ({"meta": "Artikel"}, [foot]),
        ({"length": ""}, [length]),
        ({"cover": "", "path": None}, [picture]),
    ):
        other = cards.draw(replace(CARD, **changes))
        for place in (title, head, foot, length, picture):
            moves = place in places or "cover" in changes  # without a cover the text is wider
            if place in places or not moves:
                assert differs(whole, other, place) == (place in places), (changes, place)


def test_umlauts_have_their_dots() -> None:
    with_dots, without = made(replace(CARD, title="Öl")), made(replace(CARD, title="Ol"))
    assert differs(with_dots, without, (60, 230, 200, 290))


def test_a_card_takes_the_colours_of_the_show() -> None:
    palette = colors.palette({"brand": "#f4d35e", "signal": "#005a2b"})
    pixels = made(replace(CARD, palette=palette))
    assert (
        max(abs(a - b) for a, b in zip(pixels.getpixel((2, 2)), (0xF4, 0xD3, 0x5E), strict=True))
        < 6
    )
    found = pixels.getpixel((150, 514))
    assert max(abs(a - b) for a, b in zip(found, (0, 0x5A, 0x2B), strict=True)) < 40


def test_a_photo_for_a_cover_stays_below_the_limit(tmp_path: Path) -> None:
    noise = Image.effect_noise((1400, 1400), 120)
    Image.merge("RGB", [noise, noise.rotate(90), noise.rotate(180)]).save(tmp_path / "cover.jpg")
    made(replace(CARD, cover="noise", path=tmp_path / "cover.jpg"))


def test_a_show_may_bring_its_own_fonts(tmp_path: Path) -> None:
    own = tmp_path / "templates/fonts/bold.otf"
    own.parent.mkdir(parents=True)
    own.write_bytes(FACES.medium.path.read_bytes())
    found = cards.faces(tmp_path)
    assert found.bold == found.medium == FACES.medium
