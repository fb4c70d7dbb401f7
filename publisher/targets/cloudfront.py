"""CloudFront before the bucket: make it forget what was changed or deleted.

See "What you need to know when invalidating files" in the CloudFront Developer Guide.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import boto3

from publisher import fingerprint
from publisher.errors import Exit, Failure
from publisher.model import TargetSettings, on_s3
from publisher.targets.s3_client import bounded
from publisher.targets.s3_faults import Where, in_words

MOST = 100  # files; Amazon charges each path beyond 1,000 in a month, and a wildcard counts once
PAUSE, LOOKS = 5, 180  # seconds between two looks at an invalidation, and how many at most


def paths(stale: Iterable[str], base: str) -> list[str]:
    """What to invalidate so that these URLs of a site under `base` are fetched anew.

    A page has two paths: the one that visitors ask for, and the one that the function for index
    documents makes of it; the guide wants both.
    """
    urls = sorted(set(stale))
    if len(urls) > MOST:
        return [f"{base}/*"]
    both = (it for url in urls for it in dict.fromkeys((url, f"/{on_s3(url)}")))
    return [base + quote(path, safe="/%") for path in both]


class Edge(Where):
    """CloudFront in sentences; `bucket` is the distribution's id."""

    service = "cloudfront"

    @property
    def host(self) -> str:
        """The service."""
        return "CloudFront"

    def object(self, _key: str) -> str:
        """The distribution."""
        return f"the distribution {self.bucket}"


@dataclass(frozen=True)
class Distribution:
    """A distribution by its id, and the path under which the site lives there."""

    id: str
    base: str

    @classmethod
    def of(cls, settings: TargetSettings, site_url: str) -> "Distribution":
        """The one that `[target] cloudfront` names."""
        return cls(settings.cloudfront, urlsplit(site_url).path.rstrip("/"))

    def forget(self, stale: Iterable[str]) -> str:
        """Invalidate these URLs; return the id of the invalidation."""
        items = paths(stale, self.base)
        with self._asked("the files are sent, but caches keep the old ones", again=True) as client:
            made = client.create_invalidation(
                DistributionId=self.id,
                InvalidationBatch={
                    "Paths": {"Quantity": len(items), "Items": items},
                    "CallerReference": fingerprint.of(time.time_ns(), items),
                },
            )
        return str(made["Invalidation"]["Id"])

    def wait(self, invalidation: str, sleep: Callable[[float], None] = time.sleep) -> None:
        """Until no edge of CloudFront shows the old files any more; it may take minutes."""
        with self._asked("published, but nobody can see when CloudFront is done") as client:
            for _ in range(LOOKS):
                found = client.get_invalidation(DistributionId=self.id, Id=invalidation)
                if found["Invalidation"]["Status"].lower() == "completed":
                    return
                sleep(PAUSE)
        minutes = LOOKS * PAUSE // 60
        message = f"published, but CloudFront is not done after {minutes} minutes"
        raise Failure(Exit.BUSY, message, "it goes on by itself; there is nothing to do")

    @contextmanager
    def _asked(self, so_far: str, *, again: bool = False) -> Iterator[Any]:
        """A client; what fails now fails after `so_far`, and is to be done `again` or is not."""
        try:
            with in_words(Edge(self.id, "", "")):
                # CloudFront is one for the whole world and is asked in this region
                yield boto3.client("cloudfront", region_name="us-east-1", config=bounded())
        except Failure as failure:
            message, hint = f"{so_far}: {failure.message}", failure.hint
            if again:
                hint = f"{hint}; then publish again" if hint else "publish again"
            raise Failure(failure.code, message, hint) from failure
