"""`publish setup`: what it writes is tried by Amazon's own linter, by node and at moto."""

import json
import os
import re
import shutil
import subprocess

import pytest
import yaml
from servers import PLACE, CloudFormation, Site, Store, publisher_policy
from shows import publish

from publisher import amazon
from publisher.errors import Exit, Failure
from publisher.model import FOR_EVER
from publisher.targets import open_target, s3_client

ACTIONS = sorted({action for it in publisher_policy("b") for action in it["Action"]})


def resources(repository=""):
    text = amazon.template(PLACE, repository)
    return yaml.load(text, CloudFormation)["Resources"]


@pytest.mark.parametrize("repository", ["", "ilka/show"])
def test_the_template_is_one(repository):
    from cfnlint.api import lint

    def wrong(text):
        return [str(it) for it in lint(text, config={"regions": ["us-east-1", "eu-central-1"]})]

    assert wrong(amazon.template(PLACE, repository)) == []
    assert wrong(amazon.template(PLACE, repository).replace("CloudFront::Function", "Func"))


def test_nothing_is_left_to_fill_in():
    assert "@" not in re.sub(r"@v\d", "", amazon.workflow(PLACE))
    assert "@" not in amazon.template(PLACE, "a/b")


# -- CloudFront's functions, run by node ---------------------------------------------------------


def answer(name, event):
    """What a function of the template makes of an event."""
    node = shutil.which("node")
    if not node and os.environ.get("CI"):
        pytest.fail("install nodejs")
    if not node:
        pytest.skip("needs node: apt install nodejs")
    code = resources()[name]["Properties"]["FunctionCode"]
    script = f"{code}\nconsole.log(JSON.stringify(handler({json.dumps(event)})))"
    ran = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("/", "/index.html"),
        ("/sales-leader/", "/sales-leader/index.html"),
        ("/feed/itunes/", "/feed/itunes/index.html"),
        ("/audio/a-1.mp3", "/audio/a-1.mp3"),
        ("/feed.json", "/feed.json"),
    ],
)
def test_a_folder_is_its_index(asked, key):
    request = {"uri": asked, "querystring": {}, "headers": {"host": {"value": "a.example"}}}
    assert answer("IndexDocuments", {"request": request})["uri"] == key


@pytest.mark.parametrize(
    ("path", "query", "to"),
    [
        ("/suppe", {}, "/suppe/"),
        ("/a.b/suppe", {}, "/a.b/suppe/"),
        ("/suppe", {"t": {"value": "1m5s"}, "x": {"value": ""}}, "/suppe/?t=1m5s&x"),
        (
            "/suppe",
            {"t": {"value": "1", "multiValue": [{"value": "1"}, {"value": "2"}]}},
            "/suppe/?t=1&t=2",
        ),
        ("//evil.example", {}, "//evil.example/"),
    ],
)
def test_a_missing_slash_is_added_here_and_nowhere_else(path, query, to):
    request = {"uri": path, "querystring": query, "headers": {"host": {"value": "a.example"}}}
    if path.startswith("//"):
        request["uri"] = path + "/x"
        to += "x/"
    made = answer("IndexDocuments", {"request": request})
    assert made["statusCode"] == 301
    assert made["headers"]["location"]["value"] == f"https://a.example{to}"


def test_an_old_address_becomes_a_redirect():
    headers = {"x-amz-website-redirect-location": {"value": "https://a.example/neu/"}, "etag": {}}
    made = answer("Redirects", {"response": {"statusCode": 200, "headers": headers}})
    assert made["statusCode"] == 301
    assert made["headers"] == {"location": {"value": "https://a.example/neu/"}, "etag": {}}


def test_any_other_answer_stays_as_it_is():
    response = {"statusCode": 206, "headers": {"content-type": {"value": "audio/mpeg"}}}
    assert answer("Redirects", {"response": response}) == response


# -- what is allowed -----------------------------------------------------------------------------


def test_the_header_allows_what_pages_need(show):
    """A page's own meta element narrows the header; it must not ask for more."""
    with (show / "show.toml").open("a", encoding="utf-8") as file:
        file.write('[smtp]\nhost = "mail.example"\n')
    path = show / "show.toml"
    form = 'form = { provider = "buttondown", user = "kueche" }'
    path.write_text(path.read_text("utf-8").replace("\n[target]", f"{form}\n[target]"), "utf-8")
    assert publish(show, "build").code == 0
    header = policy(amazon.CSP)
    seen = set()
    for page in (show / "site").rglob("*.html"):
        found = re.search(r'Security-Policy" content="([^"]+)"', page.read_text("utf-8"))
        if not found or found[1] in seen:
            continue
        seen.add(found[1])
        for name, sources in policy(found[1]).items():
            allowed = header.get(name) or header["default-src"]
            wide = {"https:"} if "*" in sources else set()
            assert (sources - {"*", "'none'"}) | wide <= allowed, (page, name)
    assert len(seen) >= 2


def policy(text):
    parts = (it.split() for it in text.split(";"))
    return {name: set(sources) for name, *sources in parts}


def test_publishing_needs_each_right_and_no_other():
    assert ACTIONS == [
        "cloudfront:CreateInvalidation",
        "cloudfront:GetInvalidation",
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
    ]


@pytest.mark.parametrize("action", [it for it in ACTIONS if it.startswith("s3:")])
def test_a_right_that_is_missing_is_named(moto: Store, site: Site, action, monkeypatch):
    """Without each in turn, a run that needs all of them: one upload was broken off before."""
    monkeypatch.setattr(s3_client, "ATTEMPTS", 1)
    big = "/audio/big-9.mp3"
    site.publish(open_target(moto.settings(), site.root))
    site.write(big, os.urandom(9 << 20), "audio/mpeg", FOR_EVER)
    moto.proxy.watch = lambda asked: moto.proxy.kill() if "partNumber=1" in asked.query else None
    with pytest.raises(Failure) as caught:
        site.publish(open_target(moto.settings(), site.root))
    assert caught.value.code == Exit.UNREACHABLE
    moto.proxy.watch = None
    moto.proxy.reset()
    if action == "s3:AbortMultipartUpload":
        site.drop(big)  # so that what was begun has to be forgotten
    site.drop("/two/")
    site.write("/one/", b"<h1>Eins</h1>")
    moto.server.allow(moto.bucket, without=action)
    with pytest.raises(Failure) as caught:
        site.publish(open_target(moto.settings(), site.root))
    assert caught.value.code == Exit.ACCESS
    assert caught.value.message.startswith(f"access denied: {action} on s3://{moto.bucket}/")
    assert f"allow {action} in the policy" in caught.value.hint
    moto.server.allow(moto.bucket)
    site.publish(open_target(moto.settings(), site.root))
    assert moto.get("one/index.html")["Body"] == b"<h1>Eins</h1>"


# -- the command ---------------------------------------------------------------------------------


def aim(show, target='url = "s3://kueche-show"', url="https://kueche.example"):
    path = show / "show.toml"
    text = path.read_text("utf-8").partition("[target]")[0]
    text = text.replace("https://kueche.example", url)
    path.write_text(f"{text}[target]\n{target}\n", "utf-8")
    return show


def test_setup_writes_a_template_and_says_how_to_apply_it(show):
    aim(show, 'url = "s3://kueche-show"\nregion = "eu-central-1"')
    ran = publish(show, "setup")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"wrote      {show / 'cloudformation.yaml'}\n\n1. ")
    assert (
        "aws cloudformation deploy --region eu-central-1 --stack-name show-kueche-show " in ran.out
    )
    text = (show / "cloudformation.yaml").read_text()
    defaults = {
        name: it.get("Default")
        for name, it in yaml.load(text, CloudFormation)["Parameters"].items()
    }
    assert defaults["BucketName"] == "kueche-show"
    assert defaults["Domain"] == "kueche.example"
    assert not (show / ".github").exists()
    assert publish(show, "setup").out.startswith("unchanged  ")


def test_setup_for_ci(show):
    ran = publish(aim(show), "setup", "--ci", "--repository", "ilka/show")
    assert (ran.code, ran.err) == (0, "")
    assert "ilka/show has the variable PUBLISHER_ROLE" in " ".join(ran.out.split())
    workflow = yaml.safe_load((show / ".github/workflows/publish.yml").read_text())
    assert workflow["permissions"] == {"contents": "read", "id-token": "write"}
    assert [it["cron"] for it in workflow[True]["schedule"]] == ["23 4 * * *"]
    steps = [it.get("run") for it in workflow["jobs"]["publish"]["steps"]]
    assert steps[-2:] == ["pip install -r requirements.txt", "publish"]
    assert 'Default: "ilka/show"' in (show / "cloudformation.yaml").read_text()


def test_setup_may_learn_of_the_repository_later(show):
    assert publish(aim(show), "setup").code == 0
    assert publish(show, "setup", "--ci", "--repository", "ilka/show").code == 0
    assert 'Default: "ilka/show"' in (show / "cloudformation.yaml").read_text()
    assert publish(show, "setup", "--ci", "--repository", "ilka/other").code == 0
    assert 'Default: "ilka/other"' in (show / "cloudformation.yaml").read_text()
    for again in ([], ["--ci"]):  # what was allowed once stays so
        ran = publish(show, "setup", *again)
        assert (ran.code, ran.out.startswith("unchanged ")) == (0, True)


def test_a_template_of_the_authors_own_stays(show):
    (aim(show) / "cloudformation.yaml").write_text("mine")
    ran = publish(show, "setup")
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ran.err == (
        "publish: cloudformation.yaml is there already, and differs\n"
        "  hint: keep yours, or move it away and run setup again\n"
    )
    assert (show / "cloudformation.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("target", "url", "message"),
    [
        ('url = "file:published"', "https://a.example", "setup needs a bucket in [target] url"),
        (
            'url = "s3://b-1"\nendpoint = "https://b.example"',
            "https://a.example",
            "setup is for Amazon, and [target] endpoint names another service",
        ),
        ('url = "s3://Küche"', "https://a.example", "“Küche” cannot be the name of a bucket"),
        (
            'url = "s3://kueche/x"',
            "https://a.example/y",
            "the site lives under /y, and the bucket's prefix is “x”",
        ),
        ('url = "s3://kueche/Öl"', "https://a.example", "CloudFront cannot add “Öl” to addresses"),
    ],
)
def test_what_setup_cannot_do(show, target, url, message):
    ran = publish(aim(show, target, url), "setup")
    assert (ran.code, ran.out) == (Exit.SHOW, "")
    assert re.match(rf"show\.toml:\d+: {re.escape(message)}\n  hint: ", ran.err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--ci"], "--ci needs --repository OWNER/NAME"),
        (["--repository", "https://github.com/a/b"], "is no repository at GitHub"),
    ],
)
def test_setup_used_wrongly(show, arguments, message):
    ran = publish(aim(show), "setup", *arguments)
    assert ran.code == Exit.USAGE
    assert message in ran.err


@pytest.mark.parametrize(
    ("target", "url", "found"),
    [
        ('url = "s3://bucket"', "https://a.example", ("", "", "")),
        ('url = "s3://bucket/a/b/"', "https://a.example", ("a/b/", "/a/b", "")),
        ('url = "s3://bucket/a"', "https://a.example/a", ("a/", "", "/a")),
    ],
)
def test_addresses_and_keys_meet(show, target, url, found):
    """Each with the prefix of keys, the part that CloudFront adds, and the site's own path."""
    from publisher import read

    made = amazon.plan(read.settings(aim(show, target, url)))
    assert (made.prefix, made.origin_path, made.base) == found
