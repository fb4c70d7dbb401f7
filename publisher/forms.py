"""Sign-up forms: what each newsletter provider's form code posts, and where.

A preset is what a provider's own form code sends, without its scripts: {…} are keys of `form` in
show.toml; a field whose key is not required is left out where nothing is typed.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher.model import Form

if TYPE_CHECKING:
    from publisher.fields import Fields


@dataclass(frozen=True)
class Preset:
    """A provider's form: `honeypots` are fields that only machines fill in."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    address: str = "email"
    honeypots: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The keys that an author may type, in their order."""
        parts = (self.action, *self.fields.values(), *self.honeypots)
        return list(dict.fromkeys(re.findall(r"\{(\w+)\}", " ".join(parts))))


PRESETS = {
    "buttondown": Preset(
        "https://buttondown.com/api/emails/embed-subscribe/{user}",
        {"embed": "1", "tag": "{tag}"},
        optional=("tag",),
    ),
    "listmonk": Preset("{host}/subscription/form", {"l": "{list}"}, honeypots=("nonce",)),
    "mailchimp": Preset(
        "https://{domain}.list-manage.com/subscribe/post?u={user}&id={list}",
        address="EMAIL",
        honeypots=("b_{user}_{list}",),
    ),
    "brevo": Preset(
        "https://{domain}.sibforms.com/serve/{token}",
        {"locale": "{locale}"},
        address="EMAIL",
        honeypots=("email_address_check",),
        optional=("locale",),
    ),
    "cleverreach": Preset("{action}"),
    "rapidmail": Preset("{action}", honeypots=("rm_email", "rm_comment")),
}


def parse(fields: "Fields", language: str) -> Form | None:
    """The table `form` of show.toml: a preset, or a pasted form code; None if it is neither."""
    provider = fields.text("provider")
    if provider and provider not in PRESETS:
        hint = "Known: " + ", ".join(PRESETS) + "; for any other write action and fields."
        fields.complain("provider", f"unknown newsletter provider “{provider}”", hint)
        return None
    if provider:
        return _preset(fields, provider, language)
    form = Form(
        fields.required("action", "Copy the address from your provider's form code."),
        fields.table("fields"),
        fields.text("address", "email"),
        fields.texts("honeypot"),
    )
    fields.finish()
    return form


def _preset(fields: "Fields", provider: str, language: str) -> Form:
    preset = PRESETS[provider]
    typed = {key: fields.text(key) for key in preset.keys}
    more = fields.table("fields")  # such as a group or a form's number
    fields.finish()
    for key in typed.keys() - preset.optional:
        if not typed[key]:
            hint = f"It stands in the form code that {provider} gives you."
            fields.complain("provider", f"“newsletter.form” needs “{key}” for {provider}", hint)
    if "locale" in typed:
        typed["locale"] = typed["locale"] or language.partition("-")[0]
    filled = {name: value.format(**typed) for name, value in preset.fields.items()}
    return Form(
        preset.action.format(**typed),
        {name: value for name, value in filled.items() if value} | more,
        preset.address,
        tuple(name.format(**typed) for name in preset.honeypots),
    )
