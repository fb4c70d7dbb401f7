"""What a show needs at Amazon: a CloudFormation template and a workflow, for the author to apply.

Nothing here asks Amazon for anything: rights to create buckets and roles are not those of a
publisher.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from publisher import PACKAGE
from publisher.errors import Exit, Failure, Problem, PublishError
from publisher.model import Settings

TEMPLATE = "cloudformation.yaml"
WORKFLOW = ".github/workflows/publish.yml"
REGION = "us-east-1"  # Amazon's own default
# What any page may do; pages narrow it by a meta element of their own. The mail's web view brings
# its style with it, and a sign-up form leads to its provider.
CSP = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; object-src 'none'; "
    "form-action 'self' https:"
)
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
PREFIX = re.compile(r"[A-Za-z0-9._~/-]*")  # what an origin's path may be made of
ALLOWED = re.compile(r'(\n  Repository:\n(?:    .*\n)*?    Default: )"(.*)"')
# https://docs.github.com/en/rest/repos/repos: what a name may be made of
REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Plan:
    """What a show's settings say of its place at Amazon."""

    bucket: str
    prefix: str
    origin_path: str
    base: str
    domain: str
    region: str

    @property
    def stack(self) -> str:
        """A name for the stack, which is part of the names of functions: at most 64 characters."""
        return "show-" + re.sub(r"[^a-z0-9]+", "-", self.bucket.lower()).strip("-")[:40]


def plan(settings: Settings) -> Plan:
    """The place at Amazon; PublishError where show.toml does not tell it, or tells another."""
    target, source = settings.target, settings.source

    def refuse(key: str, message: str, hint: str) -> PublishError:
        return PublishError([Problem(source.path, source.line(key), message, hint)])

    if target.endpoint:
        message = "setup is for Amazon, and [target] endpoint names another service"
        raise refuse("target.endpoint", message, "docs/targets.md says what others need.")
    if not target.url.startswith("s3://"):
        message = "setup needs a bucket in [target] url"
        raise refuse("target.url", message, 'Write url = "s3://my-show" with a name of your own.')
    bucket, _, path = target.url.removeprefix("s3://").partition("/")
    if not BUCKET.fullmatch(bucket):
        message = f"“{bucket}” cannot be the name of a bucket"
        hint = "Use 3 to 63 small letters, digits and hyphens."
        raise refuse("target.url", message, hint)
    prefix, base = path.strip("/"), urlsplit(settings.url).path.strip("/")
    if not PREFIX.fullmatch(prefix):
        message = f"CloudFront cannot add “{prefix}” to addresses"
        raise refuse("target.url", message, "Use letters a to z, digits, hyphens and slashes.")
    if base not in ("", prefix):
        message = f"the site lives under /{base}, and the bucket's prefix is “{prefix}”"
        hint = f'Write [target] url = "s3://{bucket}/{base}", so that addresses are keys.'
        raise refuse("target.url", message, hint)
    return Plan(
        bucket,
        f"{prefix}/" if prefix else "",
        f"/{prefix}" if prefix and not base else "",
        f"/{base}" if base else "",
        urlsplit(settings.url).hostname or "",
        target.region or REGION,
    )


def template(planned: Plan, repository: str) -> str:
    """The CloudFormation template, with the show's own values as defaults of its parameters."""
    if repository and not REPOSITORY.fullmatch(repository):
        hint = "write OWNER/NAME, as in the repository's address"
        raise Failure(Exit.USAGE, f"“{repository}” is no repository at GitHub", hint)
    names = ("bucket", "prefix", "origin_path", "base", "domain")
    values = {name: getattr(planned, name) for name in names}
    return _filled("cloudformation.yaml", {**values, "repository": repository, "csp": CSP})


def workflow(planned: Plan) -> str:
    """The GitHub Actions workflow."""
    return _filled("workflow.yml", {"region": planned.region})


def _filled(name: str, values: Mapping[str, str]) -> str:
    text = (PACKAGE / "amazon" / name).read_text("utf-8")
    return re.sub(r"@(\w+)@", lambda found: values[found[1]], text)


def write(root: Path, name: str, text: str) -> bool:
    """Write a file of the author's; True if it changed. One that the author edited is not touched.

    A template for another repository, or for none, is ours still.
    """
    path = root / name
    if path.exists():
        there = path.read_text("utf-8")
        if there == text:
            return False
        if _without_repository(there) != _without_repository(text):
            hint = "keep yours, or move it away and run setup again"
            raise Failure(Exit.USAGE, f"{name} is there already, and differs", hint)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return True


def repository_in(root: Path) -> str:
    """The repository that the show's template lets publish; empty if there is none."""
    try:
        found = ALLOWED.search((root / TEMPLATE).read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    return found[2] if found else ""


def _without_repository(text: str) -> str:
    return ALLOWED.sub(r"\1", text)
