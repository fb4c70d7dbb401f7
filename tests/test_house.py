"""The rules of the house: imports point one way, lint and types hold, documents keep up."""

import ast
import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest
from shows import ROOT

from publisher import cli, frontmatter
from publisher.errors import Exit

PACKAGE = ROOT / "publisher"
MODULES = sorted(PACKAGE.rglob("*.py"))
EDGES = {
    "amazon", "around", "asked", "assets", "audio", "begin", "beside", "build", "cards", "composer",
    "draft", "files", "fix", "forked", "icons", "inside", "inspection", "lettering", "loudness",
    "mail", "making", "memo", "pictures", "preview", "published", "raster", "read", "reader",
    "report", "rows", "scaffold", "seen", "serve", "shelf", "site", "sizes", "spoken", "stats",
    "store", "targets", "there", "workers",
}  # fmt: skip
TOP = {
    "cli",
    "cli_bar",
    "cli_begin",
    "cli_send",
    "cli_serve",
    "cli_setup",
    "cli_target",
    "cli_words",
    "__main__",
}
IMPURE = {"os", "sys", "time", "subprocess", "socket", "tempfile", "shutil", "urllib.request"}
HEAVY = {"boto3", "botocore", "feedgen", "markdown", "mutagen", "PIL", "jinja2", "babel", "lxml",
         "css_inline", "rich", "yaml", "pyphen"}  # fmt: skip
README = (ROOT / "README.md").read_text("utf-8")


def name_of(path: Path) -> str:
    """The first name below `publisher`: the module, or the package of modules."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(tree: ast.AST) -> set[str]:
    """Full names of all that is imported, in functions too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = imports(tree)
    ours = {it.split(".")[1] for it in imported if it.startswith("publisher.")}
    name = name_of(path)
    if name not in TOP:
        assert not ours & TOP, "only the command line knows the command line"
    if name not in TOP | EDGES:
        assert not ours & EDGES, "a pure module imports no edge"
        assert not imported & IMPURE, "a pure module reads no clock, environment or disk"
        calls = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        assert not calls & {"open", "datetime.now", "date.today", "Path.cwd"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_libraries_are_imported_where_they_are_used(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    at_top = ast.Module([n for n in tree.body if not isinstance(n, ast.If)], [])
    for node in at_top.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {it.split(".")[0] for it in imports(ast.Module([node], []))}
            speaks_aws = path.name.startswith(("s3", "cloudfront"))
            allowed = {"boto3", "botocore"} if speaks_aws else set()
            allowed |= {"markdown"} if path.parent.name == "dialect" else set()  # of text.py alone
            assert not names & (HEAVY - allowed)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_prints(path: Path) -> None:
    calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
    if name_of(path) not in TOP:
        assert not {ast.unparse(it.func) for it in calls} & {"print", "click.echo"}


def test_every_module_can_be_imported_alone() -> None:
    names = [
        ".".join(("publisher", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        for path in MODULES
    ]
    script = "import importlib, os, sys\n" + "".join(
        f"if not os.fork(): importlib.import_module({name!r}); os._exit(0)\n"
        "assert os.wait()[1] == 0\n"
        for name in names
        if not name.endswith("__main__")
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def tool(*arguments: str) -> None:
    """Run a tool of the same environment; what it says is the test's message."""
    ran = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_lint() -> None:
    tool("ruff", "check", "--no-cache", ".")


def test_format() -> None:
    tool("ruff", "format", "--no-cache", "--check", ".")


def test_types() -> None:
    tool("mypy")


# -- documents ---------------------------------------------------------------------------------


def commands() -> dict[str, click.Command]:
    """`publish` and its commands, by the words that a user types."""
    assert isinstance(cli.publish, click.Group)
    context = click.Context(cli.publish)
    found = {it: cli.publish.get_command(context, it) for it in cli.publish.list_commands(context)}
    return {"publish": cli.publish} | {f"publish {name}": it for name, it in found.items() if it}


@pytest.mark.parametrize("name", commands())
def test_the_readme_documents_each_command_and_option(name: str) -> None:
    assert f"`{name}" in README
    for parameter in commands()[name].params:
        if isinstance(parameter, click.Option) and "--version" not in parameter.opts:
            assert any(f"`{opt}" in README or f" {opt}" in README for opt in parameter.opts), (
                f"{name} {parameter.opts}"
            )


def test_the_readme_documents_each_exit_code() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE))
    assert {int(code) for code in rows} == {int(code) for code in Exit}


def test_the_readme_documents_each_key_of_show_toml() -> None:
    """The settings parser is asked which keys it knows, by giving it one that it does not."""
    from publisher import settings

    tables = ["", *re.findall(r'inside\("(\w+)"\)|_texts_inside\(show, "(\w+)"',
                              (PACKAGE / "settings.py").read_text("utf-8"))]  # fmt: skip
    names = {"", *("".join(it) for it in tables[1:])} - {"form", "apps"}
    for table in names:
        text = f"[{table}]\nx-x-x = 1\n" if table else "x-x-x = 1\n"
        hint = next(p.hint for p in settings.parse(text).problems if "x-x-x" in p.message)
        for key in hint.removeprefix("Known keys: ").rstrip(".").split(", "):
            ways = (f"`{key}`", f"\n[{key}]", f"\n{key} = ")
            assert any(way in README for way in ways), f"[{table}] {key}"


def test_the_readme_documents_each_key_of_front_matter() -> None:
    from zoneinfo import ZoneInfo

    text = "---\ntitle: x\ndate: 2026-01-01\nx-x-x: 1\n---\n"
    problems = frontmatter.post(text, "x.md", "x", ZoneInfo("UTC")).problems
    for key in problems[0].hint.removeprefix("Known keys: ").rstrip(".").split(", "):
        assert f"`{key}`" in README, key


def test_a_written_article_and_an_episode_have_the_same_fields() -> None:
    from publisher.model import Episode

    made_of_files = {"url", "article", "enclosure", "transcripts", "chapters_path"}
    derived = {"guid_is_derived", "is_linking", "said", "illustrations", "scheduled"}
    derived |= {"small_image", "card"}
    only_typed = {"body", "body_line", "audio", "transcript", "problems"}
    of_episode = {it.name for it in fields(Episode)} - made_of_files - derived
    assert {it.name for it in fields(frontmatter.Written)} - only_typed == of_episode


def test_the_first_two_blocks_of_the_readme_are_the_two_commands() -> None:
    blocks = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
    assert [language for language, _ in blocks[:2]] == ["sh", "sh"]
    assert "publish" in blocks[0][1]
    assert "pytest" in blocks[1][1]
    ci = (ROOT / ".ci/run").read_text("utf-8")
    assert blocks[1][1].strip() in ci, "CI calls exactly the README's test command"


def test_the_version_is_told_once() -> None:
    from publisher import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
