"""targets/folder.py."""

import os
import shlex
import shutil
import subprocess
import sys

import pytest

from publisher.errors import Exit, Failure
from publisher.model import TargetSettings
from publisher.targets import open_target
from publisher.targets.manifest import LEASE_KEY, MANIFEST_KEY, Manifest, Stored
from publisher.targets.plan import plan


@pytest.fixture
def published(tmp_path):
    return tmp_path / "published"


@pytest.fixture
def target(tmp_path):
    return open_target(TargetSettings("file:published"), tmp_path)


def times(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:published", "/show/published"),
        ("file:a/b/", "/show/a/b"),
        ("file:../www", "/www"),
        ("file:my%20show", "/show/my show"),
        ("file:/srv/www", "/srv/www"),
        ("file:///srv/www/", "/srv/www"),
        ("file://localhost/srv/www", "/srv/www"),
    ],
)
def test_where_the_folder_is(url, folder, tmp_path):
    root = tmp_path / "show"
    outside = folder.startswith("/srv")
    expected = folder if outside else f"{tmp_path}{folder}"
    assert str(open_target(TargetSettings(url), root).path) == expected


@pytest.mark.parametrize("url", ["file:", "file://", "file://host/share"])
def test_a_folder_must_be_named(url, tmp_path):
    with pytest.raises(Failure, match=f'^"{url}" names no folder') as caught:
        open_target(TargetSettings(url), tmp_path)
    assert caught.value.code == Exit.USAGE


OURS = ["file:.", "file:..", "file:site", "file:x/../site", "file:///", "file:site/live",
        "file:.cache/live", "file:sent/a/b"]  # fmt: skip


@pytest.mark.parametrize("url", OURS)
def test_a_folder_of_the_show_is_refused(url, tmp_path):
    with pytest.raises(Failure, match="is a folder of the show itself"):
        open_target(TargetSettings(url), tmp_path)


def test_a_file_instead_of_a_folder_is_told(tmp_path):
    (tmp_path / "live").write_text("mine")
    with pytest.raises(Failure, match=r'^the target "file:live" is a file, no folder') as caught:
        open_target(TargetSettings("file:live"), tmp_path)
    assert caught.value.code == Exit.USAGE
    with pytest.raises(Failure) as caught:
        open_target(TargetSettings("file:live/show"), tmp_path).read_manifest()
    assert str(caught.value) == (
        f"cannot read {tmp_path}/live/show/{MANIFEST_KEY}: {tmp_path}/live is a file, no folder\n"
        "  hint: move it away and publish again"
    )
    assert (tmp_path / "live").read_text() == "mine"


def test_the_feed_is_xml(target, published, site):
    site.publish(target)
    assert (published / "feed/itunes/index.xml").read_bytes() == b"<rss/>"


def test_an_unchanged_file_keeps_its_time(target, published, site):
    site.publish(target)
    before = times(published)
    site.publish(target)
    assert times(published) == before


def test_headers_and_a_lost_manifest_move_no_file(target, published, site):
    site.publish(target)
    before = times(published)
    (published / MANIFEST_KEY).unlink()
    site.write("/one/", b"<h1>One</h1>", cache_control="no-store")
    site.publish(target)
    moved = {path for path, time in times(published).items() if before[path] != time}
    assert moved == {published / MANIFEST_KEY, published / LEASE_KEY}
    site.write("/one/", b"<h1>One</h1>")
    assert [step.reason for step in site.publish(target).steps] == ["headers changed"]
    assert times(published)[published / "one/index.html"] == before[published / "one/index.html"]


def test_empty_folders_go_and_others_stay(target, published, site):
    site.write("/deep/er/page/", b"1")
    site.publish(target)
    (published / "two/note.txt").write_text("mine")
    (published / "mine").mkdir()
    for url in ("/deep/er/page/", "/two/", "/one/"):
        site.drop(url)
    site.publish(target)
    assert not (published / "deep").exists()
    assert not (published / "one").exists()
    assert (published / "two/note.txt").read_text() == "mine"
    assert (published / "mine").is_dir()


def test_files_are_for_everybody_to_read(target, published, site):
    site.publish(target)
    umask = os.umask(0)
    os.umask(umask)
    assert (published / "index.html").stat().st_mode & 0o777 == 0o666 & ~umask


def test_replacing_is_atomic(target, published, site):
    site.publish(target)
    with (published / "index.html").open("rb") as reader:
        site.write("/", b"<h1>Another home</h1>")
        site.publish(target)
        assert reader.read() == b"<h1>Home</h1>"
    assert not list(published.rglob("*.part"))


@pytest.mark.parametrize("key", ["../out.html", "/etc/passwd", "a/../../out.html", ""])
def test_no_key_leads_out(key, target, tmp_path):
    (tmp_path / "out.html").write_text("precious")
    target.path.mkdir()
    with pytest.raises(Failure, match="leads out of the folder") as caught:
        target.delete(key)
    assert caught.value.code == Exit.TARGET
    with pytest.raises(Failure, match="leads out of the folder"):
        target.put(key, tmp_path / "out.html", None, print)
    assert (tmp_path / "out.html").read_text() == "precious"


def test_no_link_leads_out(target, published, site, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    published.mkdir()
    (published / "one").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Failure, match=r'"one/index\.html" leads out of the folder'):
        site.publish(target)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_manifest_cannot_delete_elsewhere(target, tmp_path, site):
    precious = tmp_path / "precious"
    precious.write_text("1")
    bad = Manifest({"/x": Stored(site.entries["/"], "../precious")})
    with pytest.raises(Failure, match="leads out"):
        site.apply(target, plan({}, bad, target.name))
    assert precious.exists()


def test_a_foreign_folder_in_the_way_is_told(target, published, site):
    (published / "feed.json").mkdir(parents=True)
    with pytest.raises(Failure) as caught:
        site.publish(target)
    assert caught.value.code == Exit.DISK
    assert caught.value.message == f"cannot write {published}/feed.json: a folder lies there"
    assert caught.value.hint == "move it away and publish again"
    assert not list(published.rglob("*.part"))


def test_a_foreign_file_where_a_folder_is_to_be_is_told(target, published, site):
    published.mkdir()
    (published / "one").write_text("mine")
    with pytest.raises(Failure) as caught:
        site.publish(target)
    assert caught.value.message == (
        f"cannot write {published}/one/index.html: {published}/one is a file, no folder"
    )
    (published / "one").unlink()
    site.publish(target)
    assert (published / "one/index.html").read_bytes() == b"<h1>One</h1>"


PUBLISH = """
import resource, sys
from pathlib import Path
from publisher.errors import Failure
from publisher.model import TargetSettings
from publisher.targets import open_target
sys.path.insert(0, sys.argv[1])
from servers import Site
folder = Path(sys.argv[2])
target = open_target(TargetSettings(f"file:{folder}/published"), folder)
site = Site(folder.parent / "site")
site.write("/", b"1")
site.publish(target)
site.write("/", b"2")
site.write("/audio/big.mp3", bytes(3 << 20), "audio/mpeg")
if sys.argv[3] == "limited":
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    site.publish(target)
except Failure as failure:
    print(failure.code.name, failure.message, sep="\\n")
names = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
print(*(name for name in names if "/.publish/" not in name or "manifest" in name))
print((folder / "published/index.html").read_text())
"""


def may_mount():
    """True if this computer lets us mount a small disk of our own."""
    if not shutil.which("unshare"):
        return False
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("disk", "reason"), [("small", "the disk is full"), ("limited", "File too large")]
)
def test_a_full_disk(disk, reason, tmp_path, request):
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [sys.executable, "-c", PUBLISH, str(request.path.parent), str(folder), disk]
    if disk == "small":
        if not may_mount():
            pytest.skip("may not mount a small disk")
        script = f'mount -t tmpfs -o size=1m none {shlex.quote(str(folder))} && exec "$@"'
        command = ["unshare", "-rm", "sh", "-c", script, "sh", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "DISK",
        f"cannot write {folder}/published/audio/big.mp3: {reason}",
        "published/.publish/manifest.json published/index.html",
        "1",
    ]
