"""targets/cloudfront.py, redirects and the look from outside: what visitors meet, at moto."""

import os
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest
from servers import Store
from shows import publish, run

from publisher import build, serve
from publisher.errors import Exit, Failure
from publisher.targets import cloudfront
from publisher.targets.cloudfront import Distribution, paths
from publisher.targets.manifest import LEASE_KEY, MANIFEST_KEY

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_a_page_has_two_paths():
    assert paths(["/", "/öl & salz/", "/feed.json"], "") == [
        "/",
        "/index.html",
        "/feed.json",
        "/%C3%B6l%20%26%20salz/",
        "/%C3%B6l%20%26%20salz/index.html",
    ]
    assert paths(["/a/"], "/podcast") == ["/podcast/a/", "/podcast/a/index.html"]


def test_many_changes_are_one_wildcard():
    assert len(paths([f"/{it}/" for it in range(100)], "/x")) == 200
    assert paths([f"/{it}/" for it in range(101)], "/x") == ["/x/*"]


@pytest.fixture
def distribution(moto: Store, monkeypatch) -> str:
    """A distribution before the bucket; its id."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", moto.proxy.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto.proxy.url)
    origin = {
        "Id": "bucket",
        "DomainName": f"{moto.bucket}.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behavior = {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "redirect-to-https"}
    made = moto.server.service("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": moto.bucket,
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behavior,
        }
    )
    return made["Distribution"]["Id"]


def invalidated(moto: Store, distribution: str) -> list[list[str]]:
    """The paths of each invalidation, the oldest first."""
    client = moto.server.service("cloudfront")
    found = client.list_invalidations(DistributionId=distribution)["InvalidationList"]
    ids = [it["Id"] for it in found.get("Items", [])]
    batches = [
        client.get_invalidation(DistributionId=distribution, Id=it)["Invalidation"] for it in ids
    ]
    batches.sort(key=lambda it: it["CreateTime"])
    return [it["InvalidationBatch"]["Paths"]["Items"] for it in batches]


def aim(show, moto, *lines):
    """Let the show be published to the bucket, as at Amazon: without an endpoint."""
    path = show / "show.toml"
    text = path.read_text("utf-8").partition("[target]")[0]
    target = [f'url = "s3://{moto.bucket}"', 'region = "us-east-1"', 'check = "off"', *lines]
    path.write_text("\n".join([text, "[target]", *target, ""]), "utf-8")


def edit(show, old="Eine gute", new="Eine andere"):
    path = show / "episodes/suppe.md"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_what_changed_is_invalidated_and_what_is_new_is_not(show, moto, distribution):
    aim(show, moto, f'cloudfront = "{distribution}"')
    ran = publish(show)
    assert (ran.code, ran.err) == (0, "")
    assert invalidated(moto, distribution) == []

    edit(show)
    ran = publish(show, "--dry-run")
    assert f"would tell CloudFront {distribution}: " in ran.out
    assert invalidated(moto, distribution) == []

    ran = publish(show, "--wait")
    assert (ran.code, ran.err) == (0, "")
    assert f"caches     CloudFront {distribution} fetches " in ran.out
    assert ran.out.endswith("caches     every edge of CloudFront has done so\n")
    (batch,) = invalidated(moto, distribution)
    assert {"/suppe/", "/suppe/index.html", "/feed/itunes/", "/feed/itunes/index.html"} <= {*batch}
    assert not [it for it in batch if it.startswith(("/brot/", "/audio/", "/assets/", "/.publ"))]

    publish(show)
    assert len(invalidated(moto, distribution)) == 1


def test_new_times_of_all_files_change_nothing(show, moto, distribution):
    aim(show, moto, f'cloudfront = "{distribution}"')
    assert publish(show).code == 0
    for path in show.rglob("*"):
        if path.is_file() and ".cache" not in path.parts:
            os.utime(path, (1, 1))
    moto.proxy.reset()
    ran = run("-C", str(show), "--now", NOW.isoformat(), "--fresh")
    assert (ran.code, ran.err) == (0, "")
    assert [(it.method, it.key) for it in moto.proxy.asked] == [
        ("GET", LEASE_KEY),
        ("GET", MANIFEST_KEY),
    ]
    assert invalidated(moto, distribution) == []


def test_a_deleted_page_and_a_header_alone_are_invalidated(moto, distribution, site, tmp_path):
    from publisher.targets import open_target, prepare
    from publisher.targets.plan import Terms

    site.publish(open_target(moto.settings(), tmp_path))
    site.drop("/two/")
    site.write("/one/", b"<h1>One</h1>", cache_control="no-store")
    site.write("/new/", b"<h1>New</h1>")
    target = open_target(moto.settings(), tmp_path)
    made = prepare(target, tmp_path, site.entries, Terms(site.now))[1]
    assert made.stale == ("/one/", "/two/")
    assert made.as_json()["stale"] == ("/one/", "/two/")
    assert Distribution(distribution, "").forget(made.stale)
    assert invalidated(moto, distribution) == [
        ["/one/", "/one/index.html", "/two/", "/two/index.html"]
    ]


def test_a_run_that_ends_before_the_caches_know_tells_them_next_time(show, moto, distribution):
    aim(show, moto, f'cloudfront = "{distribution}"')
    publish(show)
    edit(show)
    moto.server.allow(moto.bucket, without="cloudfront:CreateInvalidation")
    ran = publish(show)
    assert ran.code == Exit.ACCESS
    assert ran.err == (
        "publish: the files are sent, but caches keep the old ones: access denied: "
        f"cloudfront:CreateInvalidation on the distribution {distribution}\n"
        "  hint: allow cloudfront:CreateInvalidation in the policy of the user or of the bucket; "
        "then publish again\n"
    )
    assert b"Eine andere" in moto.get("suppe/index.html")["Body"]
    moto.server.allow(moto.bucket)
    assert publish(show).code == 0
    (batch,) = invalidated(moto, distribution)
    assert "/suppe/" in batch


def test_waiting_without_the_right_to_is_told(show, moto, distribution):
    aim(show, moto, f'cloudfront = "{distribution}"')
    publish(show)
    edit(show)
    moto.server.allow(moto.bucket, without="cloudfront:GetInvalidation")
    ran = publish(show, "--wait")
    assert ran.code == Exit.ACCESS
    assert ran.err == (
        "publish: published, but nobody can see when CloudFront is done: access denied: "
        f"cloudfront:GetInvalidation on the distribution {distribution}\n"
        "  hint: allow cloudfront:GetInvalidation in the policy of the user or of the bucket\n"
    )
    assert b"Eine andere" in moto.get("suppe/index.html")["Body"]
    assert publish(show).out.endswith(": nothing changed\n")
    assert len(invalidated(moto, distribution)) == 1


def test_a_distribution_that_is_not_there(show, moto, distribution):
    aim(show, moto, 'cloudfront = "E1NOTHING"')
    publish(show)
    edit(show)
    ran = publish(show)
    assert ran.code == Exit.NO_TARGET
    assert "there is no distribution E1NOTHING at CloudFront" in ran.err
    assert "hint: mend [target] cloudfront in show.toml; then publish again" in ran.err
    assert invalidated(moto, distribution) == []


@pytest.mark.usefixtures("moto")
def test_waiting_ends(distribution, monkeypatch):
    monkeypatch.setattr(cloudfront, "LOOKS", 0)
    with pytest.raises(Failure, match="CloudFront is not done after 0 minutes") as caught:
        Distribution(distribution, "").wait("I1")
    assert caught.value.code == Exit.BUSY


def test_another_target_tells_no_caches(show, moto, distribution, tmp_path):
    aim(
        show,
        moto,
        f'cloudfront = "{distribution}"',
    )
    folder = f"file:{tmp_path / 'elsewhere'}"
    assert publish(show, "--to", folder).code == 0
    edit(show)
    ran = publish(show, "--to", folder)
    assert (ran.code, "CloudFront" in ran.out) == (0, False)
    assert invalidated(moto, distribution) == []


# -- redirects ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("distribution")
def test_an_old_address_is_a_redirect_at_amazon_and_a_page_elsewhere(show, moto):
    edit(show, "tags:", "aliases: [/alte-suppe/]\ntags:")
    aim(show, moto)
    assert publish(show).code == 0
    found = moto.get("alte-suppe/index.html")
    assert found["WebsiteRedirectLocation"] == "https://kueche.example/suppe/"
    assert b'url=/suppe/">' in found["Body"]

    edit(show, "guid: suppe-1", "guid: suppe-1\nslug: eintopf")
    assert publish(show).code == 0
    found = moto.get("alte-suppe/index.html")
    assert found["WebsiteRedirectLocation"] == "https://kueche.example/eintopf/"

    aim(show, moto, f'endpoint = "{moto.proxy.url}"')
    assert publish(show, "--to", f"s3://{moto.bucket}/other").code == 0
    assert "WebsiteRedirectLocation" not in moto.get("other/alte-suppe/index.html")


# -- the look from outside ---------------------------------------------------------------------


@pytest.mark.usefixtures("distribution")
@pytest.mark.parametrize("where", ["Amazon", "an endpoint"])
def test_a_new_episode_is_looked_at_where_the_public_does(show, moto, where):
    """The public's server is `serve`, over HTTP; it knows what was built."""
    lines = [f'endpoint = "{moto.proxy.url}"'] if where == "an endpoint" else []
    aim(show, moto, 'check = "public"', *lines)
    path = show / "show.toml"
    path.write_text(path.read_text("utf-8").replace('check = "off"\n', ""), "utf-8")
    listing = {}
    server = serve.server(show / "site", lambda: listing, "", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with closing(server.socket):
        home = f"http://127.0.0.1:{server.server_address[1]}"
        path.write_text(path.read_text("utf-8").replace("https://kueche.example", home), "utf-8")
        listing.update(build.build(show, NOW, build.Options()).listing)
        ran = publish(show)
        assert (ran.code, ran.err) == (0, "")
        assert f"checked    {home}: 3 addresses answer as promised" in ran.out

        audio = next(it for it in listing if it.startswith("/audio/"))
        (show / "episodes/suppe.mp3").touch()
        listing.pop(audio)
        edit(show, "title: Die Suppe", "title: Die neue Suppe")
        later = ("-C", str(show), "--now", "2026-11-02T12:00:00+00:00")
        for _ in range(2):  # a run with nothing to do does not forget it
            ran = run(*later)
            assert ran.code == Exit.CHECK
            assert ran.err.startswith("publish: published, but /audio/")
            assert f"does {home} lead to s3://{moto.bucket}?" in ran.err
        assert ": nothing changed\n" in ran.out
        listing.update(build.build(show, NOW, build.Options()).listing)
        ran = run(*later)
        assert (ran.code, ran.err) == (0, "")
        assert f"checked    {home}: 3 addresses answer as promised" in ran.out
        assert "checked" not in run(*later).out
        server.shutdown()
