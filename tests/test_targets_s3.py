"""targets/s3.py, at real servers: what is asked of them, and what is said when they refuse."""

import hashlib
import subprocess
import sys
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from servers import HANG_UP, HTML, SILENCE, free_port

from publisher.errors import Exit, Failure
from publisher.model import FOR_EVER, PAGE_CACHE, Entry, TargetSettings
from publisher.targets import open_target, s3_client, s3_quick
from publisher.targets.manifest import LEASE_KEY, MANIFEST_KEY, PRIVATE
from publisher.targets.s3_quick import authorize
from publisher.targets.survey import drift

WRITES = ("PUT", "POST", "DELETE")
ONE, TWO = (hashlib.sha256(body).hexdigest() for body in (b"1", b"2"))


@pytest.fixture
def target(store, tmp_path):
    return open_target(store.settings(), tmp_path)


def writes(store):
    """The writes that a visitor or a later run sees: without leases and releases."""
    asked = [(it.method, it.key) for it in store.proxy.asked if it.method in WRITES]
    return [it for it in asked if not it[1].startswith(PRIVATE) or it[1] == MANIFEST_KEY]


def failure(target):
    with pytest.raises(Failure) as caught:
        target.read_manifest()
    return caught.value.code, caught.value.message, caught.value.hint


@pytest.fixture
def one_attempt(monkeypatch):
    """Retries wait, and the faults here are there to stay."""
    monkeypatch.setattr(s3_client, "ATTEMPTS", 1)


def test_headers(store, target, site):
    site.publish(target)
    headers = {}
    for key in store.all_keys():
        found = store.get(key)
        if not key.startswith(PRIVATE) or key == MANIFEST_KEY:
            headers[key] = (found["ContentType"], found.get("CacheControl"))
    assert headers == {
        "index.html": (HTML, PAGE_CACHE),
        "one/index.html": (HTML, PAGE_CACHE),
        "two/index.html": (HTML, PAGE_CACHE),
        "feed/itunes/index.html": ("application/rss+xml; charset=utf-8", PAGE_CACHE),
        "feed.json": ("application/feed+json", PAGE_CACHE),
        "audio/one-11.mp3": ("audio/mpeg", FOR_EVER),
        "assets/style-22.css": ("text/css; charset=utf-8", FOR_EVER),
        MANIFEST_KEY: ("application/json", "no-store"),
    }


def test_small_files_go_by_the_quick_way(store, site, tmp_path):
    """boto3 itself writes what only publishers read."""
    target = open_target(store.settings(prefix="a show/ü+~"), tmp_path)
    by_boto3 = []
    target.client.meta.events.register(
        "before-parameter-build.s3.PutObject",
        lambda params, **_: by_boto3.append(params["Key"].removeprefix(target.prefix)),
    )
    site.write("/Ärger & so: 100 %/", b"<h1>K\xc3\xb6nig</h1>")
    site.publish(target)
    assert set(by_boto3) == {LEASE_KEY, MANIFEST_KEY}
    assert store.get("a show/ü+~/Ärger & so: 100 %/index.html")["Body"] == b"<h1>K\xc3\xb6nig</h1>"
    assert drift(target) == []


@pytest.mark.parametrize("condition", [{}, {"IfNoneMatch": "*"}])
def test_the_quick_way_and_boto3_write_the_same(moto, tmp_path, condition):
    target = open_target(moto.settings(), tmp_path)
    target.write_lease(b"{}", None)
    entry = Entry("d", 1, "text/html; charset=utf-8", PAGE_CACHE, "/where/it/is/")
    values = s3_client.headers(entry, redirects=True)
    etag = target.quick.put("quick", b"1", ONE, values, condition)
    target.client.put_object(Bucket=moto.bucket, Key="plain", Body=b"1", **values, **condition)
    quick, plain = moto.get("quick"), moto.get("plain")
    assert etag
    for name in ("Body", "ContentType", "CacheControl", "Metadata", "WebsiteRedirectLocation"):
        assert quick[name] == plain[name]


def test_the_quick_way_minds_conditions(moto, tmp_path):
    target = open_target(moto.settings(), tmp_path)
    values = s3_client.headers(Entry("d", 1, HTML, PAGE_CACHE), redirects=False)
    assert target.quick.put("a", b"1", ONE, values, {}) == "", "before boto3 has written anything"
    target.write_lease(b"{}", None)
    etag = target.quick.put("a", b"1", ONE, values, {"IfNoneMatch": "*"})
    assert target.quick.put("a", b"2", TWO, values, {"IfNoneMatch": "*"}) == ""
    assert target.quick.put("a", b"2", TWO, values, {"IfMatch": '"other"'}) == ""
    assert moto.get("a")["Body"] == b"1"
    assert target.quick.put("a", b"2", TWO, values, {"IfMatch": f'"{etag}"'})
    assert moto.get("a")["Body"] == b"2"


@pytest.mark.parametrize("token", [None, "AQoDYXdzEJr//=="])
@pytest.mark.parametrize("key", ["index.html", "a show/ü+~/Ärger & so: 100 %/", "a//b/(1)'*!"])
def test_the_quick_way_signs_as_botocore(key, token):
    credentials = Credentials("AKID", "secret/+", token)
    url = f"https://bucket.s3.eu-central-1.amazonaws.com/{quote(key)}"
    theirs = AWSRequest("PUT", url, {"content-type": " text/html;  charset=utf-8"}, b"1")
    S3SigV4Auth(credentials, "s3", "eu-central-1").add_auth(theirs)
    signed = {name.lower(): value for name, value in theirs.headers.items()}
    wanted = signed.pop("authorization")
    signed["host"] = "bucket.s3.eu-central-1.amazonaws.com"
    assert authorize("PUT", url, signed, "eu-central-1", credentials) == wanted


def test_a_way_that_would_be_signed_otherwise_is_not_taken(store, tmp_path, monkeypatch):
    monkeypatch.setattr(s3_quick, "ALGORITHM", "AWS5")
    target = open_target(store.settings(), tmp_path)
    target.write_lease(b"{}", None)
    values = s3_client.headers(Entry(ONE, 1, HTML, PAGE_CACHE), redirects=False)
    assert target.quick.put("a", b"1", ONE, values, {}) == ""


@pytest.mark.parametrize("fault", ["503", "reset-before", "reset-after", "half a body"])
def test_what_goes_wrong_on_the_quick_way_is_sent_once_more(store, target, site, fault):
    site.publish(target)
    site.write("/one/", b"<h1>One, changed</h1>")
    found, made = site.prepare(target)
    store.proxy.reset()
    store.proxy.fault = (2, fault)  # the lease and the release's zip come before
    site.apply(target, made, found=found)
    assert [it.key for it in store.proxy.asked[2:4]] == ["one/index.html"] * 2
    assert store.get("one/index.html")["Body"] == b"<h1>One, changed</h1>"
    assert drift(target) == []


def test_nothing_to_do_costs_two_requests(store, target, site, tmp_path):
    site.publish(target)
    store.proxy.reset()
    site.publish(open_target(store.settings(), tmp_path))
    assert [(it.method, it.key) for it in store.proxy.asked] == [
        ("GET", LEASE_KEY),
        ("GET", MANIFEST_KEY),
    ]


def test_a_change_of_headers_alone_is_sent(store, target, site):
    site.publish(target)
    store.proxy.reset()
    site.write("/one/", b"<h1>One</h1>", cache_control="no-store")
    site.publish(target)
    assert writes(store) == [("PUT", "one/index.html"), ("PUT", MANIFEST_KEY)]
    assert store.get("one/index.html")["CacheControl"] == "no-store"


def change_everything(site):
    """Two creates of each sort, four modifies with both feeds, two deletes."""
    site.write("/audio/new-1.mp3", b"1", "audio/mpeg", FOR_EVER)
    site.write("/assets/new-1.css", b"1", "text/css", FOR_EVER)
    site.write("/new/", b"1")
    site.write("/newer/", b"1")
    site.write("/", b"1")
    site.write("/one/", b"1")
    site.write("/feed/itunes/", b"<rss>1</rss>", "application/rss+xml; charset=utf-8")
    site.write("/feed.json", b"[1]", "application/feed+json")
    site.drop("/two/")
    site.drop("/audio/one-11.mp3")


PHASES = [
    {("PUT", "audio/new-1.mp3"), ("PUT", "assets/new-1.css")},
    {("PUT", "new/index.html"), ("PUT", "newer/index.html")},
    {("PUT", "index.html"), ("PUT", "one/index.html")},
    {("PUT", "feed/itunes/index.html"), ("PUT", "feed.json")},
    {("DELETE", "two/index.html")},
    {("PUT", MANIFEST_KEY)},
]


def test_the_order_of_requests(store, target, site):
    site.publish(target)
    store.proxy.reset()
    change_everything(site)
    site.publish(target)
    asked = iter(writes(store))
    assert [{next(asked) for _ in phase} for phase in PHASES] == PHASES
    assert list(asked) == []


@pytest.mark.parametrize("phase", range(len(PHASES)))
def test_a_refusal_ends_the_run_within_its_phase(store, target, site, phase):
    site.publish(target)
    manifest = store.get(MANIFEST_KEY)["Body"]
    store.proxy.reset()
    change_everything(site)
    method, key = min(PHASES[phase])
    store.proxy.refuse[method, key] = (403, "AccessDenied")
    with pytest.raises(Failure) as caught:
        site.publish(target)
    action = {"PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}[method]
    assert caught.value.code == Exit.ACCESS
    assert str(caught.value) == (
        f"access denied: {action} on s3://{store.bucket}/{key}\n"
        f"  hint: allow {action} in the policy of the user or of the bucket"
    )
    asked = set(writes(store))
    assert asked - PHASES[phase] == set().union(*PHASES[:phase])
    assert store.get(MANIFEST_KEY)["Body"] == manifest
    store.proxy.reset()
    site.publish(target)
    assert store.get(MANIFEST_KEY)["Body"] != manifest
    assert store.get("new/index.html")["Body"] == b"1"
    assert "two/index.html" not in store.all_keys()


def test_large_files_that_arrived_before_are_not_sent_again(store, target, site):
    site.write("/audio/big-9.mp3", bytes(9 << 20), "audio/mpeg", FOR_EVER)
    site.write("/audio/mid-2.mp3", bytes(2 << 20), "audio/mpeg", FOR_EVER)
    store.proxy.refuse["PUT", "index.html"] = (403, "AccessDenied")
    with pytest.raises(Failure):
        site.publish(target)
    store.proxy.reset()
    site.publish(target)
    assert not [key for _, key in writes(store) if key in ("audio/big-9.mp3", "audio/mid-2.mp3")]
    store.proxy.reset()
    store.client.delete_object(Bucket=store.bucket, Key=MANIFEST_KEY)
    site.write("/audio/mid-2.mp3", b"x" + bytes((2 << 20) - 1), "audio/mpeg", FOR_EVER)
    site.publish(target)
    sent = {key for _, key in writes(store)}
    assert "audio/mid-2.mp3" in sent
    assert "audio/big-9.mp3" not in sent
    assert store.get("audio/mid-2.mp3")["Body"][:1] == b"x"


def test_a_large_file_goes_in_parts(store, target, site):
    body = bytes(range(256)) * (80 << 10)
    site.write("/audio/big-9.mp3", body, "audio/mpeg", FOR_EVER)
    site.publish(target)
    found = store.get("audio/big-9.mp3")
    assert found["Body"] == body
    assert (found["ContentType"], found["CacheControl"]) == ("audio/mpeg", FOR_EVER)
    parts = [it for it in store.proxy.asked if "partNumber" in it.query]
    assert len(parts) == 3


def test_a_refused_part_leaves_no_upload_behind(moto, site, tmp_path):
    site.write("/audio/big-9.mp3", bytes(20 << 20), "audio/mpeg", FOR_EVER)
    moto.proxy.refuse["PUT", "audio/big-9.mp3"] = (403, "AccessDenied")
    with pytest.raises(Failure, match=r"access denied: s3:PutObject on s3://.*/audio/big-9\.mp3"):
        site.publish(open_target(moto.settings(), tmp_path))
    assert "Uploads" not in moto.client.list_multipart_uploads(Bucket=moto.bucket)


def test_wrong_secret(store, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    assert failure(open_target(store.settings(), tmp_path)) == (
        Exit.ACCESS,
        "the secret key is not that of the access key",
        "look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or at AWS_PROFILE and ~/.aws",
    )


def test_wrong_key(store, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "wrong")
    assert failure(open_target(store.settings(), tmp_path)) == (
        Exit.ACCESS,
        f"{store.proxy.url} does not know this access key",
        "look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or at AWS_PROFILE and ~/.aws",
    )


def test_no_credentials(rclone, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert failure(open_target(rclone.settings(), tmp_path)) == (
        Exit.ACCESS,
        f"there are no credentials for {rclone.proxy.url}",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    )


def test_half_of_the_credentials(rclone, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(Failure, match=r"^there are no credentials for .*: Partial ") as caught:
        open_target(rclone.settings(), tmp_path)
    assert caught.value.code == Exit.ACCESS


def test_an_unknown_profile(rclone, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(Failure, match=r"nobody\) could not be found") as caught:
        open_target(rclone.settings(), tmp_path)
    assert caught.value.code == Exit.ACCESS


def test_no_bucket(store, tmp_path):
    store.server.allow("nowhere-9")
    assert failure(open_target(store.settings(url="s3://nowhere-9/show"), tmp_path)) == (
        Exit.NO_TARGET,
        f"there is no bucket nowhere-9 at {store.proxy.url}",
        "create it, or mend [target] url, endpoint and region in show.toml",
    )


@pytest.mark.usefixtures("credentials", "one_attempt")
def test_nobody_at_the_endpoint(tmp_path):
    url = f"http://127.0.0.1:{free_port()}"
    assert failure(open_target(TargetSettings("s3://bucket", url), tmp_path)) == (
        Exit.UNREACHABLE,
        f"cannot reach {url}",
        "look at [target] endpoint in show.toml; is this computer online?",
    )


def test_an_endpoint_without_tls(moto, tmp_path):
    url = moto.proxy.url.replace("http://", "https://")
    assert failure(open_target(moto.settings(endpoint=url), tmp_path)) == (
        Exit.UNREACHABLE,
        f"{url} does not speak TLS",
        "is it http:// rather than https://? look at [target] endpoint in show.toml",
    )


@pytest.mark.parametrize(
    ("answer", "exit_code", "message"),
    [
        ((403, "RequestTimeTooSkewed"), Exit.CLOCK, "the clock of this computer is wrong; "),
        ((400, "ExpiredToken"), Exit.EXPIRED, "the credentials for {} have expired"),
        ((503, "SlowDown"), Exit.BUSY, "{} is too busy (SlowDown)"),
        ((500, "InternalError"), Exit.BUSY, "{} is too busy (InternalError)"),
        ((400, "AuthorizationHeaderMalformed"), Exit.TARGET, "bucket-"),
        ((507, "XMinioStorageFull"), Exit.QUOTA, "{} takes no more bytes for bucket-"),
        ((418, "Teapot"), Exit.TARGET, "{} answered s3:GetObject with Teapot: Teapot it is"),
        ((403, "AccessDenied"), Exit.ACCESS, "access denied: s3:GetObject on s3://bucket-"),
    ],
)
@pytest.mark.usefixtures("one_attempt")
def test_what_the_server_answers(moto, tmp_path, answer, exit_code, message):
    moto.proxy.refuse["GET", MANIFEST_KEY] = answer
    found, text, _ = failure(open_target(moto.settings(), tmp_path))
    assert found == exit_code
    assert text.startswith(message.format(moto.proxy.url))


@pytest.mark.parametrize(("method", "key"), [("GET", MANIFEST_KEY), ("PUT", "index.html")])
@pytest.mark.usefixtures("one_attempt")
def test_a_connection_that_breaks(moto, site, tmp_path, method, key):
    moto.proxy.refuse[method, key] = HANG_UP
    with pytest.raises(Failure) as caught:
        site.publish(open_target(moto.settings(), tmp_path))
    assert (caught.value.code, caught.value.message) == (
        Exit.UNREACHABLE,
        f"the connection to {moto.proxy.url} broke",
    )
    assert MANIFEST_KEY not in moto.all_keys()


def test_a_server_that_says_nothing_is_asked_twice(moto, tmp_path, monkeypatch):
    monkeypatch.setattr(s3_client, "PATIENCE", 0.3)
    moto.proxy.refuse["GET", MANIFEST_KEY] = SILENCE
    code, message, _ = failure(open_target(moto.settings(), tmp_path))
    assert (code, message) == (Exit.UNREACHABLE, f"the connection to {moto.proxy.url} broke")
    assert len(moto.proxy.asked) == 2


def test_a_server_that_says_nothing_to_a_write_is_asked_twice(moto, site, tmp_path, monkeypatch):
    monkeypatch.setattr(s3_client, "PATIENCE", 0.3)
    target = open_target(moto.settings(), tmp_path)
    moto.proxy.refuse["PUT", "one/index.html"] = SILENCE
    with pytest.raises(Failure, match=r"the connection to .* broke") as found:
        site.publish(target)
    assert found.value.code == Exit.UNREACHABLE
    asked = [it for it in moto.proxy.asked if (it.method, it.key) == ("PUT", "one/index.html")]
    assert len(asked) == 2


def test_a_busy_server_is_asked_again(moto, tmp_path, monkeypatch):
    monkeypatch.setattr(s3_client, "ATTEMPTS", 2)
    moto.proxy.refuse["GET", MANIFEST_KEY] = (503, "SlowDown")
    failure(open_target(moto.settings(), tmp_path))
    assert len(moto.proxy.asked) == 2


@pytest.mark.parametrize(
    ("url", "endpoint", "message"),
    [
        ("s3:///show", "", '"s3:///show" names no bucket'),
        ("s3:bucket", "", '"s3:bucket" names no bucket'),
        ("s3://bucket", "nonsense", '"nonsense" is no endpoint'),
        ("s3://bucket/a/.publish", "", '"a/.publish" cannot be the prefix of a site'),
        ("s3://bucket/a//b", "", '"a//b" cannot be the prefix of a site'),
        ("s3://bucket/..", "", '".." cannot be the prefix of a site'),
    ],
)
@pytest.mark.usefixtures("credentials")
def test_what_show_toml_gets_wrong(url, endpoint, message, tmp_path):
    with pytest.raises(Failure) as caught:
        open_target(TargetSettings(url, endpoint), tmp_path)
    assert (caught.value.code, caught.value.message) == (Exit.USAGE, message)
    assert caught.value.hint.startswith("show.toml: [target] ")


@pytest.mark.usefixtures("credentials")
def test_a_region_that_is_none(tmp_path):
    with pytest.raises(Failure, match=r'^"no such" is no region') as caught:
        open_target(TargetSettings("s3://bucket", region="no such"), tmp_path)
    assert caught.value.code == Exit.USAGE


@pytest.mark.parametrize(
    "answer",
    [
        (301, "PermanentRedirect"),
        (301, ""),
        (400, "AuthorizationHeaderMalformed"),
        (400, "IllegalLocationConstraintException"),
    ],
)
def test_a_bucket_in_another_region(moto, tmp_path, answer):
    moto.proxy.refuse["GET", MANIFEST_KEY] = answer
    moto.proxy.refuse["HEAD", ""] = answer
    code, message, hint = failure(open_target(moto.settings(region=""), tmp_path))
    assert code == Exit.TARGET
    assert message.startswith(f"{moto.bucket} is in another region")
    assert hint == "set [target] region in show.toml"


def test_a_name_that_no_bucket_can_have(moto, tmp_path):
    assert failure(open_target(moto.settings(url="s3://no bucket"), tmp_path)) == (
        Exit.USAGE,
        '"no bucket" cannot be the name of a bucket',
        "mend [target] url in show.toml",
    )


PUT = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from servers import Site
from publisher.model import TargetSettings, Entry
from publisher.targets import open_target
target = open_target(TargetSettings(sys.argv[2], sys.argv[3]), Path())
for name in ("warm", "big"):
    path = Path(sys.argv[4]) / name
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    target.put(name, path, Entry(name, path.stat().st_size, "audio/mpeg", ""), lambda _: None)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(after - before)
"""


def test_memory_stays_flat(rclone, tmp_path, request):
    for name, size in {"warm": 17 << 20, "big": 60 << 20}.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    settings = rclone.settings()
    where = [str(request.path.parent), settings.url, settings.endpoint, str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", PUT, *where], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert int(done.stdout) < 8 << 10  # KiB
    assert rclone.client.head_object(Bucket=rclone.bucket, Key="big")["ContentLength"] == 60 << 20
