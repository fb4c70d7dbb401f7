"""The account of an issue in words: how many are in each state, and who needs a person's eye."""

from collections import Counter
from collections.abc import Iterator

from publisher.mail.log import Frozen, Log, Recipient

SETTLED = ("accepted", "failed", "deferred", "uncertain", "excluded")


def equation(counts: dict[str, int]) -> str:
    """Where the audience is; those who are still to come stand there only while there are some."""
    known = Counter(counts)
    known["queued"] += known["sending"]
    known["uncertain"] += known["commit"]
    parts = [f"{known[state]} {state}" for state in SETTLED]
    if known["queued"]:
        parts.append(f"{known['queued']} queued")
    return f"audience {sum(counts.values())} = {' + '.join(parts)}"


def is_complete(counts: dict[str, int]) -> bool:
    """True if everybody who wants the mail has it for certain."""
    return not any(
        count for state, count in counts.items() if state not in ("accepted", "excluded")
    )


def lines(log: Log, frozen: Frozen) -> Iterator[str]:
    """The equation, then each recipient who has no mail for certain, and what to do."""
    counts = log.counts(frozen.number)
    yield f"issue      “{frozen.master.subject}”"
    yield f"account    {equation(counts)}"
    for recipient in log.recipients(frozen.number, "failed", "deferred", "uncertain", "commit"):
        yield _line(recipient, frozen)
    yield from _remedies(counts, frozen.slug)


def _line(recipient: Recipient, frozen: Frozen) -> str:
    is_open = recipient.state == "commit"
    state, reply = ("uncertain", "no answer yet") if is_open else (recipient.state, recipient.reply)
    line = f"{state:<10} {recipient.address}  {reply}".rstrip()
    if state == "uncertain":
        line += f"  Message-ID {frozen.master.message_id(recipient.address)}"
    return line


def _remedies(counts: dict[str, int], slug: str) -> Iterator[str]:
    if counts.get("failed"):
        yield "  hint: the server refuses the failed for good; take them off the list."
    if counts.get("deferred") or counts.get("queued") or counts.get("sending"):
        yield f"  hint: publish send {slug} goes on where it stopped."
    if counts.get("uncertain") or counts.get("commit"):
        yield (
            "  hint: the uncertain may or may not have it: look for the Message-ID in your "
            "provider's log.\n"
            f"        publish send {slug} --resend-uncertain sends to them again; "
            "some may get it twice."
        )


def forecast(log: Log, frozen: Frozen) -> Iterator[str]:
    """Who would get the issue, who would not, and why."""
    for it in log.recipients(frozen.number, "queued", "deferred", "excluded"):
        if it.state == "excluded":
            yield f"excluded   {it.address}  ({it.reply})"
        else:
            yield f"would send {it.address}  {_shown(it.name)}".rstrip()
    yield f"account    {equation(log.counts(frozen.number))}"


def _shown(name: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())
