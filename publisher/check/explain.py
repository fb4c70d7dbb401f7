"""Rules in words: for `publish check --explain`, and docs/rules.md."""

from collections.abc import Iterable
from itertools import groupby

from publisher.check.rule import Rule, did_you_mean

HEAD = """\
# The rules

`publish check` reports each broken rule with file, line and remedy. Errors stop `publish`;
warnings do not, unless it runs with `--strict`. `publish check --explain ID` prints what stands
here about one rule, `publish check --explain all` this whole page.

Sources: **Apple** = Apple Podcasts' feed requirements, **PSP-1** = the Podcast Standards Project's
specification, **P20** = the podcast namespace (Podcasting 2.0), **PSC** = Podlove Simple Chapters
1.2, **RSS 2.0** = the RSS Advisory Board's specification, **German law** = as each rule names it,
**publisher** = what this program needs, or what helps every reader.
"""


def text(rule: Rule) -> str:
    """One rule as the terminal shows it."""
    return (
        f"{rule.id}  ({rule.severity}; source: {rule.source})\n"
        f"\n"
        f"{rule.says}\n"
        f"Why:        {rule.why}\n"
        f"What to do: {rule.remedy}"
    )


def unknown(name: str, rules: Iterable[Rule]) -> str:
    """What to say of an id that no rule has."""
    ids = sorted(rule.id for rule in rules)
    return f"{did_you_mean(name, ids)}\nRules: {', '.join(ids)}".strip()


def page(rules: Iterable[Rule]) -> str:
    """docs/rules.md."""
    by_severity = sorted(rules, key=lambda rule: (rule.severity, rule.id))
    parts = [HEAD]
    for severity, group in groupby(by_severity, lambda rule: rule.severity):
        parts.append(f"\n## {severity.title()}s\n")
        parts += [_entry(rule) for rule in group]
    return "".join(parts)


def _entry(rule: Rule) -> str:
    return (
        f"\n### `{rule.id}`\n\n{rule.says} ({rule.source})\n\n"
        f"{rule.why}\n\n**What to do:** {rule.remedy}\n"
    )
