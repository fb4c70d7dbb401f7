"""Pictures on pages: in the widths that screens need, upright, private, made once."""

import json
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from PIL import Image, ImageCms
from shows import ROOT, publish
from test_build import clean_build, content
from test_metadata import exif, photo

from publisher import cards, icons, raster, sizes, store

ARTICLE = "episodes/suppe.md"


def illustrate(show: Path, name: str, before: str = "") -> None:
    """The article shows this picture instead of the pot."""
    text = (show / ARTICLE).read_text("utf-8")
    start = text.partition("Eine gute")[0]
    (show / ARTICLE).write_text(f"{start}{before}\n\n![Ein Bild]({name})\n", "utf-8")


def save(show: Path, name: str, size: tuple[int, int], **options: object) -> None:
    photo(size).save(show / "episodes" / name, **options)


def built(show: Path, *options: str) -> str:
    """The article's page."""
    ran = publish(show, "build", *options)
    assert (ran.code, ran.err) == (0, "")
    return (show / "site/suppe/index.html").read_text("utf-8")


def opened(show: Path, url: str) -> Image.Image:
    return Image.open(show / "site" / url.lstrip("/"))


def article_of(page: str) -> str:
    return page.partition('<div class="article">')[2].partition("</div>")[0]


def variants(page: str) -> dict[int, str]:
    """The URLs of the WebP variants in the article, by their widths."""
    found = re.search(r'<source type="image/webp" srcset="([^"]+)"', article_of(page))
    pairs = (it.split(" ") for it in found[1].split(", ")) if found else ()
    return {int(width.removesuffix("w")): url for url, width in pairs}


def plain(page: str) -> tuple[str, int, int]:
    found = re.search(r'<img[^>]* src="([^"]+)" width="(\d+)" height="(\d+)"', article_of(page))
    assert found, article_of(page)
    return found[1], int(found[2]), int(found[3])


# -- sizes -------------------------------------------------------------------------------------


def test_a_photo_has_the_widths_that_screens_need(show: Path) -> None:
    save(show, "foto.jpg", (2000, 1500))
    illustrate(show, "foto.jpg")
    page = built(show)
    found = variants(page)
    assert list(found) == [400, 800, 1216]
    for width, url in found.items():
        assert re.fullmatch(r"/assets/foto-[0-9a-f]{8}\.webp", url)
        assert opened(show, url).size == (width, round(width * 3 / 4))
    url, width, height = plain(page)
    assert (width, height) == opened(show, url).size == (1216, 912)
    assert opened(show, url).format == "JPEG"
    assert 'decoding="async"' in article_of(page)
    assert not any("2000" in str(it.size) for it in map(partial(opened, show), found.values()))
    large = [it for it in (show / "site/assets").glob("foto-*") if Image.open(it).width > 1216]
    assert large == [], "the original is not published"


def test_feeds_and_mails_show_the_plain_picture(show: Path) -> None:
    save(show, "foto.jpg", (2000, 1500))
    illustrate(show, "foto.jpg")
    url, width, height = plain(built(show))
    whole = f"https://kueche.example{url}"
    for name in ("feed/index.xml", "feed/itunes/index.xml"):
        feed = (show / "site" / name).read_text("utf-8")
        assert f'src="{whole}" width="{width}" height="{height}"' in feed
        assert ".webp" not in feed
    items = json.loads((show / "site/feed.json").read_text("utf-8"))["items"]
    assert any(whole in it["content_html"] for it in items)
    view = (show / "site/newsletter/suppe/index.html").read_text("utf-8")
    (tag,) = [it for it in re.findall(r"<img[^>]*>", view) if url in it]
    assert 'width="552" height="414"' in tag
    assert ".webp" not in view
    assert f"<image:loc>{whole}</image:loc>" in (show / "site/sitemap.xml").read_text("utf-8")


def test_nothing_is_upscaled_and_narrow_sizes_are_not_made_twice(show: Path) -> None:
    save(show, "foto.jpg", (850, 400), quality=98)
    illustrate(show, "foto.jpg")
    page = built(show)
    assert list(variants(page)) == [400, 850]
    url, width, _ = plain(page)
    assert width == 850
    assert opened(show, url).tobytes() == Image.open(show / "episodes/foto.jpg").tobytes()


def test_small_animated_and_drawn_pictures_pass_as_they_are(show: Path) -> None:
    assert variants(built(show)) == {}
    assert plain(built(show))[1:] == (40, 30)
    frames = [Image.new("L", (900, 600), shade) for shade in (0, 90, 200)]
    frames[0].save(show / "episodes/lauf.gif", save_all=True, append_images=frames[1:])
    illustrate(show, "lauf.gif")
    page = built(show)
    assert variants(page) == {}
    assert opened(show, plain(page)[0]).n_frames == 3
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>'
    (show / "episodes/plan.svg").write_text(svg)
    illustrate(show, "plan.svg")
    path = show / "episodes/suppe.md"  # Gmail shows no SVG, so `check` would warn of the mail
    path.write_text(path.read_text("utf-8").replace("tags:", "newsletter: false\ntags:"), "utf-8")
    url = re.search(r'src="(/assets/plan-[^"]+\.svg)"', article_of(built(show)))
    assert url
    assert (show / "site" / url[1][1:]).read_text() == svg


def test_alpha_stays_alpha(show: Path) -> None:
    ghost = photo((1400, 1000))
    ghost.putalpha(Image.linear_gradient("L").resize(ghost.size))
    ghost.save(show / "episodes/geist.png")
    illustrate(show, "geist.png")
    page = built(show)
    url, *_ = plain(page)
    assert url.endswith(".png")
    for it in (url, variants(page)[400]):
        assert opened(show, it).mode == "RGBA"
        low, high = opened(show, it).getchannel("A").getextrema()
        assert (low, high) == (0, 255)


def test_the_first_picture_is_not_lazy_if_it_may_be_seen_at_once(show: Path) -> None:
    save(show, "foto.jpg", (900, 600))
    illustrate(show, "foto.jpg")
    assert 'loading="lazy"' not in article_of(built(show))
    illustrate(show, "foto.jpg", before="Wort " * 100)
    assert 'loading="lazy"' in article_of(built(show))


# -- privacy, orientation, colours -------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--no-pictures",)])
def test_no_published_picture_tells_where_it_was_taken(
    show: Path, options: tuple[str, ...]
) -> None:
    save(show, "foto.jpg", (1500, 900), exif=exif())
    save(show, "gast.jpg", (200, 200), exif=exif())
    save(show, "linse.webp", (300, 200), exif=exif())
    photo((1400, 1400)).save(show / "cover.jpg", exif=exif())
    shutil.copy(show / "cover.jpg", show / "episodes/suppe.jpg")
    illustrate(show, "foto.jpg", before="[Datei](foto.jpg) und [noch eine](linse.webp)")
    text = (show / ARTICLE).read_text("utf-8")
    guest = "guests: [{name: Gast, image: gast.jpg}]\n"
    (show / ARTICLE).write_text(text.replace("episode: 1\n", f"episode: 1\n{guest}"), "utf-8")
    built(show, *options)
    for path in (show / "site").rglob("*.*"):
        assert b"Kamera" not in path.read_bytes(), path
    assert len(list((show / "site/assets").glob("foto-*"))) >= 1


@pytest.mark.parametrize("options", [(), ("--no-pictures",)])
def test_a_turned_photo_stands_upright(show: Path, options: tuple[str, ...]) -> None:
    picture = Image.new("RGB", (1000, 500), "white")
    picture.paste("red", (0, 0, 100, 500))  # on the left; upright it is on top
    turned = Image.Exif()
    turned[0x0112] = 6
    picture.save(show / "episodes/foto.jpg", exif=turned, quality=95)
    illustrate(show, "foto.jpg")
    page = built(show, *options)
    url, width, height = plain(page)
    assert (width, height) == (500, 1000)
    for it in (url, *variants(page).values()):
        shown = opened(show, it)
        assert not shown.getexif()
        assert shown.height == 2 * shown.width
        red, green, _ = shown.convert("RGB").getpixel((shown.width // 2, 10))
        assert (red > 200, green < 60) == (True, True)


def test_colours_of_another_profile_become_srgb(tmp_path: Path) -> None:
    lab = ImageCms.createProfile("LAB")
    picture = ImageCms.profileToProfile(
        Image.new("RGB", (90, 90), (200, 30, 40)),
        ImageCms.createProfile("sRGB"),
        lab,
        outputMode="LAB",
    )
    profile = ImageCms.ImageCmsProfile(lab).tobytes()
    picture.save(tmp_path / "lab.tif", icc_profile=profile)
    red, green, blue = raster.upright(tmp_path / "lab.tif", 90).getpixel((5, 5))
    assert max(abs(red - 200), abs(green - 30), abs(blue - 40)) <= 4


@pytest.mark.parametrize("mode", ["CMYK", "L", "P", "1", "LA", "I;16", "RGBA"])
def test_every_kind_of_pixels_can_be_shown(tmp_path: Path, mode: str) -> None:
    path = tmp_path / f"bild.{'tif' if mode == 'CMYK' else 'png'}"
    grey = photo((700, 500)).convert("L")
    picture = Image.merge("RGB", [grey] * 3) if mode != "I;16" else grey
    if mode == "I;16":
        picture = Image.frombytes(
            "I;16", grey.size, b"".join(bytes([0, v]) for v in grey.tobytes())
        )
    else:
        picture = picture.convert(mode)
    picture.save(path)
    shown = raster.narrowed(raster.upright(path, 100), 100)
    assert shown.size == (100, 71)
    middle, corner = shown.convert("L").getpixel((50, 35)), shown.convert("L").getpixel((0, 0))
    assert middle < 40
    assert corner > 120


# -- what cannot be shown ----------------------------------------------------------------------


def test_a_decompression_bomb_is_refused_in_a_sentence(show: Path) -> None:
    Image.new("1", (40_000, 40_000)).save(show / "episodes/bombe.png")
    illustrate(show, "bombe.png")
    ran = publish(show, "check")
    assert ran.code == 1
    assert ran.err.startswith(
        "episodes/bombe.png: has 40000 × 40000 pixels, more than 100 megapixels"
    )
    assert "hint: Save it again with fewer pixels." in ran.err


def test_every_damaged_picture_is_named_at_once(show: Path) -> None:
    save(show, "eins.jpg", (900, 600))
    save(show, "zwei.png", (900, 600))
    for name in ("eins.jpg", "zwei.png"):
        path = show / "episodes" / name
        path.write_bytes(path.read_bytes()[:900])
    illustrate(show, "eins.jpg", before="![Noch eins](zwei.png)")
    ran = publish(show, "build")
    assert ran.code == 1
    for name in ("eins.jpg", "zwei.png"):
        assert f"episodes/{name}: is damaged or cut short\n  hint: Save it again" in ran.err


def test_pixels_that_cannot_be_unpacked_are_named_while_building(show: Path) -> None:
    """Its parts are all there, so only the attempt to show it finds the damage."""
    save(show, "foto.png", (900, 600))
    path = show / "episodes/foto.png"
    body = bytearray(path.read_bytes())
    body[len(body) // 2 : len(body) // 2 + 40] = bytes(40)
    path.write_bytes(body)
    illustrate(show, "foto.png")
    ran = publish(show, "build")
    assert ran.code == 1
    assert "episodes/foto.png: is damaged or cut short\n" in ran.err
    assert not (show / "site/index.html").exists()


# -- made once, made alike ---------------------------------------------------------------------


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is made, in this process."""
    made: list[str] = []
    for kind in (sizes.Resizing, cards.Card, icons.Icons):

        def counting(self: store.Job, make=kind.make) -> list[store.Made]:
            made.append(getattr(self, "title", type(self).__name__))
            return make(self)

        monkeypatch.setattr(kind, "make", counting)
    return made


def test_editing_an_article_draws_its_own_card_only(show: Path, calls: list[str]) -> None:
    save(show, "foto.jpg", (1500, 900))
    illustrate(show, "foto.jpg")
    built(show, "--jobs", "1")
    assert sorted(calls) == ["Das Brot", "Die Suppe", "Icons", "Resizing", "Resizing"]
    calls.clear()
    before = content(show / "site/assets")
    path = show / "episodes/brot.md"
    path.write_text(path.read_text().replace("Das Brot", "Das Schwarzbrot"))
    built(show, "--jobs", "1")
    assert calls == ["Das Schwarzbrot"]
    after = content(show / "site/assets")
    assert len(before.keys() - after.keys()) == len(after.keys() - before.keys()) == 1
    calls.clear()
    path.write_text(path.read_text().replace("ohne Ton", "ohne jeden Ton"))
    built(show, "--jobs", "1")
    assert calls == [], "a card shows no text of the article"


def test_what_a_new_version_of_the_program_draws_alike_is_not_drawn_again(
    show: Path, calls: list[str]
) -> None:
    built(show, "--jobs", "1")
    calls.clear()
    (show / ".cache/memo.sqlite").unlink()
    (show / ".cache/site.json").unlink()
    built(show, "--jobs", "1")
    assert calls == []


def test_builds_in_any_number_of_processes_with_any_memory_are_alike(
    show: Path, tmp_path: Path
) -> None:
    for name, size in (("foto.jpg", (1500, 900)), ("plan.png", (1300, 700))):
        save(show, name, size)
    illustrate(show, "foto.jpg", before="![Ein Plan](plan.png)")
    built(show, "--jobs", "2")
    first = content(show / "site") | content(show / "mail")
    assert first == clean_build(show, tmp_path / "elsewhere")[1]
    shutil.rmtree(show / ".cache")
    built(show)
    assert first == content(show / "site") | content(show / "mail")


def test_a_damaged_store_is_only_a_store(show: Path) -> None:
    built(show)
    first = content(show / "site")
    for path in (show / ".cache/pictures").iterdir():
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-9] + b"123456789")
    shutil.rmtree(show / "site")
    built(show)
    assert content(show / "site") == first


def test_a_run_with_nothing_to_do_needs_no_pillow(show: Path) -> None:
    assert publish(show, "build").code == 0
    script = (
        "import sys; from publisher import cli\n"
        f"sys.argv = ['publish', '-C', {str(show)!r}, '--now', '2026-11-01', 'build']\n"
        "cli.main(); assert not {'PIL', 'pyphen', 'publisher.pictures'} & sys.modules.keys()"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "nothing changed" in ran.stdout


def test_an_edited_text_needs_no_pixels(show: Path) -> None:
    assert publish(show, "build").code == 0
    path = show / "episodes/brot.md"
    path.write_text(path.read_text().replace("ohne Ton", "ohne jeden Ton"))
    script = (
        "import sys; from publisher import cli\n"
        f"sys.argv = ['publish', '-C', {str(show)!r}, '--now', '2026-11-01', 'build']\n"
        "cli.main(); assert not {'PIL.Image', 'pyphen'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)


def test_without_pictures_pages_show_the_originals(show: Path) -> None:
    save(show, "foto.jpg", (2000, 1500))
    illustrate(show, "foto.jpg")
    page = built(show, "--no-pictures")
    assert variants(page) == {}
    assert plain(page)[1:] == (2000, 1500)
    assert not list((show / "site/assets").glob("*card*"))
    assert not (show / "site/manifest.webmanifest").exists()
    assert publish(show).code == 0
    assert (show / "published/manifest.webmanifest").exists(), "publish makes them all the same"
    assert variants((show / "site/suppe/index.html").read_text("utf-8"))


# -- icons and the manifest --------------------------------------------------------------------


def test_icons_and_manifest(show: Path) -> None:
    page = built(show)
    assert opened(show, "favicon.ico").size == (32, 32)
    assert opened(show, "apple-touch-icon.png").size == (180, 180)
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert '<link rel="apple-touch-icon" href="/apple-touch-icon.png">' in page
    manifest = json.loads((show / "site/manifest.webmanifest").read_text("utf-8"))
    assert (manifest["name"], manifest["lang"]) == ("Küche & Keller", "de")
    found = {(it["purpose"], it["sizes"]): it for it in manifest["icons"]}
    assert set(found) == {("any", "192x192"), ("any", "512x512"), ("maskable", "512x512")}
    for (_, size), it in found.items():
        assert it["type"] == "image/png"
        assert "{0}x{0}".format(opened(show, it["src"]).width) == size
    masked = opened(show, found["maskable", "512x512"]["src"]).convert("RGB")
    assert masked.getpixel((4, 4)) == (0x0D, 0x2B, 0x45), "room for the mask"


def test_the_sample_show_stays_light(tmp_path: Path) -> None:
    """HTML, CSS and JS of an episode's page: at most 25 KB when compressed."""
    import gzip

    folder = tmp_path / "show"
    ours = shutil.ignore_patterns("site", ".cache", "mail", "published", ".git", ".*")
    folder.mkdir()
    for name in ("show.toml", "cover.jpg"):
        shutil.copy(ROOT / name, folder)
    for name in ("episodes", "pages"):
        shutil.copytree(ROOT / name, folder / name, ignore=ours)
    assert publish(folder, "build").code == 0
    page = (folder / "site/sales-leader/index.html").read_bytes()
    files = re.findall(rb'(?:href|src)="/(assets/[\w-]+\.(?:css|js))"', page)
    size = sum(
        len(gzip.compress(it))
        for it in (page, *((folder / "site" / name.decode()).read_bytes() for name in files))
    )
    assert size <= 25_000


def test_what_draws_is_part_of_a_pictures_name() -> None:
    """A module whose pixels change must make the pictures anew: `store.DRAWING` has them all."""

    def uses(name: str) -> set[str]:
        text = (ROOT / f"publisher/{name}.py").read_text("utf-8")
        found = re.findall(r"^from publisher(?:\.(\w+))? import (.+)$", text, re.MULTILINE)
        return {it for module, names in found for it in [module or "", *names.split(", ")]}

    def draws(name: str) -> bool:
        path = ROOT / f"publisher/{name}.py"
        text = path.read_text("utf-8") if path.is_file() else ""
        return bool(re.search(r"^    from PIL import (?!.*Error)", text, re.MULTILINE))

    found = {it for name in store.DRAWING for it in uses(name) if draws(it)}
    assert found <= set(store.DRAWING)
    assert {it for it in store.DRAWING if draws(it)} >= {"raster", "cards", "icons", "lettering"}


def test_a_show_can_be_moved_and_named_in_another_way(show, tmp_path, monkeypatch) -> None:
    assert publish(show, "build").code == 0
    built = content(show / "site")
    moved = tmp_path / "moved"
    show.rename(moved)
    for root in (moved, Path("moved"), Path()):
        shutil.rmtree(moved / "site")
        monkeypatch.chdir(moved if root == Path() else tmp_path)
        ran = publish(root, "build")
        assert (ran.code, ran.err) == (0, "")
        assert content(moved / "site") == built
    shutil.rmtree(moved / "site")
    shutil.rmtree(moved / ".cache/pictures")
    (moved / "bilder").mkdir()
    (moved / "cover.jpg").rename(moved / "bilder/cover.jpg")
    text = (moved / "show.toml").read_text()
    (moved / "show.toml").write_text(text.replace("cover.jpg", "bilder/cover.jpg"))
    assert publish(moved, "build").code == 0
