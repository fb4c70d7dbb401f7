"""The master copy of an issue: complete but for its recipient, and each recipient's mail."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Self
from urllib.parse import quote

from publisher.outputs import message

TOKEN = "%%token%%"  # noqa: S105 - the place of a recipient's token in the unsubscribe link


def mark_of(identity: str) -> str:
    """What stands for the token inside a mail: an article that says %%token%% itself gets none."""
    return f"%%token-{hashlib.sha256(identity.encode()).hexdigest()[:16]}%%"


@dataclass(frozen=True)
class Master:
    """An issue as it is frozen when its sending begins; `identity` tells it from all others."""

    identity: str
    host: str  # of the site, in ASCII
    subject: str
    sender: str
    html: str
    text: str
    date: datetime
    language: str
    unsubscribe: str
    mark: str = TOKEN  # of the token in `html` and `text`

    @property
    def asks_for_token(self) -> bool:
        """True if recipients need tokens."""
        return TOKEN in self.unsubscribe

    @property
    def envelope_sender(self) -> str:
        """The bare address that errors come back to."""
        return message.bare_address(self.sender)

    def differs(self, other: Self) -> bool:
        """True if a reader would see a difference; the date of sending is none."""
        return replace(self, date=other.date) != other

    def message_id(self, address: str = "") -> str:
        """The same for the same recipient, so that a second copy can be recognised as one."""
        seed = f"{self.identity} {address}" if address else self.identity
        name = hashlib.sha256(seed.encode()).hexdigest()[:32]
        return f"<{name}@{self.envelope_sender.rpartition('@')[2]}>"

    def tried(self) -> Self:
        """The issue with ids of its own for each try.

        Gmail and others throw away a mail whose Message-ID they have: an author would not see the
        second try, nor the issue itself.
        """
        return replace(self, identity=f"{self.identity} {self.date.isoformat()}")

    def unsent(self) -> bytes:
        """A draft without recipient, to open in a mail program."""
        shown = self._with(TOKEN)
        return _message(shown, self.message_id())

    def to(self, address: str, name: str = "", token: str = "") -> bytes:
        """The mail of one recipient.

        ValueError if it cannot be written: no address, or a token too long for a header.
        """
        own = quote(token, safe="-._~")  # stands alike in a URL, in HTML and in a header
        mine = self._with(own)
        to = f"{name} <{address}>" if name else address
        return _message(mine, self.message_id(address), to, f"newsletter.{self.host}")

    def _with(self, token: str) -> Self:
        """All of it with a token in its places."""
        return replace(
            self,
            html=self.html.replace(self.mark, token),
            text=self.text.replace(self.mark, token),
            unsubscribe=self.unsubscribe.replace(TOKEN, token),
        )

    def written(self) -> str:
        """All of it as text, for the send log."""
        return json.dumps(asdict(self) | {"date": self.date.isoformat()}, ensure_ascii=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `written` wrote."""
        values = json.loads(text)
        return cls(**values | {"date": datetime.fromisoformat(values["date"])})


def _message(master: Master, message_id: str, to: str = "", list_id: str = "") -> bytes:
    return message.message(
        subject=master.subject,
        sender=master.sender,
        html=master.html,
        text=master.text,
        message_id=message_id,
        date=master.date,
        language=master.language,
        unsubscribe=master.unsubscribe,
        to=to,
        list_id=list_id,
    )
