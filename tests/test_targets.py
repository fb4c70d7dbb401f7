"""targets/: what every target does, tried at a folder and at real S3 servers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from servers import Site, Store

from publisher.errors import Exit, Failure
from publisher.model import TargetSettings
from publisher.targets import open_target
from publisher.targets.manifest import MANIFEST_KEY, PRIVATE


class FolderStore:
    """A folder, asked as a Store is."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def settings(self, prefix: str = "") -> TargetSettings:
        return TargetSettings(f"file:{self.path}/{prefix}")

    def all_keys(self):
        return sorted(
            it.relative_to(self.path).as_posix() for it in self.path.rglob("*") if it.is_file()
        )

    def get(self, key):
        return {"Body": (self.path / key).read_bytes()}

    def put(self, key, body):
        (self.path / key).parent.mkdir(parents=True, exist_ok=True)
        (self.path / key).write_bytes(body)


@pytest.fixture(params=["moto", "rclone", "folder"])
def place(request, tmp_path) -> Store | FolderStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "published")
    return request.getfixturevalue(request.param)


@pytest.fixture
def target(place, tmp_path):
    return open_target(place.settings(), tmp_path)


def holds(place, target, site: Site) -> bool:
    """True if the site, and nothing else of ours, is at the target."""
    there = {target.name(url, it): site.body(url) for url, it in site.entries.items()}
    keys = [key for key in place.all_keys() if not key.startswith(("foreign", PRIVATE))]
    return keys == sorted(there) and all(
        place.get(key)["Body"] == body for key, body in there.items()
    )


def kinds(made):
    return [(step.kind, step.url) for step in made.steps]


def test_publishing_brings_every_file(place, target, site):
    site.publish(target)
    assert holds(place, target, site)


def test_changes_are_followed(place, target, site):
    site.publish(target)
    site.write("/one/", b"<h1>Eins</h1>")
    site.write("/three/", b"<h1>Three</h1>")
    site.drop("/two/")
    assert kinds(site.publish(target)) == [
        ("create", "/three/"),
        ("modify", "/one/"),
        ("delete", "/two/"),
    ]
    assert holds(place, target, site)
    assert kinds(site.publish(target)) == []


def test_what_is_not_ours_stays(place, target, site):
    place.put("foreign.html", b"1")
    site.publish(target)
    place.put("foreign/index.html", b"2")
    for url in list(site.entries):
        site.drop(url)
    site.write("/", b"empty")
    site.publish(target, purge=True)
    assert holds(place, target, site)
    assert place.get("foreign.html")["Body"] == b"1"
    assert place.get("foreign/index.html")["Body"] == b"2"


def test_a_prefix(place, tmp_path, site):
    target = open_target(place.settings("a/b"), tmp_path)
    site.publish(target)
    assert place.get("a/b/one/index.html")["Body"] == b"<h1>One</h1>"
    assert all(key.startswith("a/b/") for key in place.all_keys())
    assert kinds(site.publish(target)) == []


def test_after_a_lost_manifest_what_is_there_is_recognised(place, target, site):
    site.publish(target)
    target.delete(MANIFEST_KEY)
    site.write("/one/", b"<h1>Eins</h1>")
    again = site.publish(target, accept=("foreign",))  # a folder cannot tell whose it was
    assert [(step.url, step.reason) for step in again.steps] == [("/one/", "not as we left it")]
    assert holds(place, target, site)


def test_a_damaged_manifest_is_told(place, target):
    place.put(MANIFEST_KEY, b"{")
    with pytest.raises(Failure, match=r"\.publish/manifest\.json is damaged"):
        target.read_manifest()


def test_progress_tells_the_bytes_of_each_step(target, site):
    site.write("/audio/big-3.mp3", bytes(33 << 20), "audio/mpeg")
    told = {}
    made = site.plan(target)
    site.apply(target, made, lambda step, done: told.setdefault(step.url, []).append(done))
    assert {url: done[-1] for url, done in told.items()} == {s.url: s.size for s in made.steps}
    assert all(done == sorted(done) for done in told.values())
    assert len(told["/audio/big-3.mp3"]) > 3


def test_a_file_that_is_gone_from_the_site_is_told(place, target, site):
    (site.folder / "one/index.html").unlink()
    with pytest.raises(Failure, match=r"site/one/index\.html") as caught:
        site.publish(target)
    assert caught.value.code == Exit.DISK
    assert MANIFEST_KEY not in place.all_keys()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "there is no target to publish to"),
        ("published", '"published" is not a target'),
        ("ftp://host/x", '"ftp://host/x" is not a target'),
    ],
)
def test_a_target_must_be_named(url, message, tmp_path):
    with pytest.raises(Failure) as caught:
        open_target(TargetSettings(url), tmp_path)
    assert caught.value.code == Exit.USAGE
    assert str(caught.value) == (
        f'{message}\n  hint: show.toml: [target] url = "s3://my-bucket/prefix", '
        'or "file:published" for a folder'
    )


def test_a_folder_needs_no_boto3(tmp_path):
    program = (
        "import sys; from pathlib import Path; from publisher.model import TargetSettings;"
        "from publisher.targets import open_target;"
        "open_target(TargetSettings('file:published'), Path('.')).read_manifest();"
        "print('boto3' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ast.literal_eval(done.stdout) is False
