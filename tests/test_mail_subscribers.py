"""Lists of subscribers as spreadsheets and providers write them."""

import contextlib
import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import PublishError
from publisher.mail import Subscriber, subscribers


def read(folder, content, encoding="utf-8"):
    path = folder / "subscribers.csv"
    path.write_bytes(content.encode(encoding))
    rows = list(subscribers.read(path, folder))
    return [it.subscriber for it in rows if it.subscriber], [
        str(it.problem) for it in rows if it.problem
    ]


ANNE = Subscriber("anne@x.example", "Änne Öz", "t1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "content",
    [
        "email;name;token\nanne@x.example;Änne Öz;t1\n",
        "email,name,token\r\nanne@x.example,Änne Öz,t1\r\n",
        "Token\tName\tE-Mail\nt1\tÄnne Öz\tanne@x.example",
        '"E-Mail-Adresse";"Vorname";"Nachname";"uuid"\n"Anne@X.example";"Änne";"Öz";"t1"\n',
        "anne@x.example,Änne Öz,t1\n",
        "\n\nemail;name;token;more\n\n  anne@x.example ;Änne Öz; t1 ;\n;;;\n",
        '"Name";"email";"token"\n"Änne Öz";"anne@x.example";t1',
    ],
)
def test_every_usual_way_to_write_a_list(tmp_path, content, encoding):
    assert read(tmp_path, content, encoding) == ([ANNE], [])


def test_a_name_may_hold_what_divides_columns(tmp_path):
    found, _ = read(tmp_path, 'email,name\na@x.example,"Öz, Änne; Dr."\n')
    assert found[0].name == "Öz, Änne; Dr."


def test_a_domain_with_umlauts_is_written_in_ascii_and_equal_addresses_are_equal(tmp_path):
    found, _ = read(tmp_path, "email\nA@Küche.example\na@xn--kche-0ra.example\n")
    assert [it.address for it in found] == ["a@xn--kche-0ra.example"] * 2


@pytest.mark.parametrize(
    "wrong",
    ["", "x", "a@b", "a b@x.example", "ä@x.example", "a@x..example", "<a@x.example>",
     "a@x.example, b@x.example", "a@@x.example", ".a@x.example", "a@", "@x.example",
     "x" * 65 + "@x.example",
     "a@" + "x." * 130 + "example", "a@x.example>", "Änne <a@x.example>", "a\u200b@x.example",
     "a@-x.example", "a@x-.example"],
)  # fmt: skip
def test_what_is_no_address_is_a_warning_with_its_line(tmp_path, wrong):
    found, problems = read(tmp_path, f'email;name\na@x.example;A\n"{wrong}";B\nc@x.example;C\n')
    assert [it.address for it in found] == ["a@x.example", "c@x.example"]
    assert problems[0].startswith("subscribers.csv:3: warning: “")


@pytest.mark.parametrize("content", ["", "\n\n", "\0\0\0"])
def test_an_empty_file_has_no_subscribers(tmp_path, content):
    assert read(tmp_path, content) == ([], [])


@pytest.mark.parametrize("content", ["name;token\nx;y\n", "hello\n", "{}"])
def test_a_file_without_addresses_is_an_error(tmp_path, content):
    with pytest.raises(PublishError, match="no column holds addresses") as error:
        read(tmp_path, content)
    assert error.value.problems[0].line == 1


@pytest.mark.parametrize(
    "content",
    ['email;name\na@x.example;"Änne\nb@x.example;B\n', '"a@x.example\nb@x.example"\n',
     'email;name\rc@x.example;C\ra@x.example;"A\rb@x.example;B\r'],
)  # fmt: skip
def test_a_quote_that_nobody_closed_swallows_no_reader(tmp_path, content):
    with pytest.raises(PublishError, match="takes the next readers") as error:
        read(tmp_path, content)
    begin = content.index('"')
    line = 1 + len(re.findall(r"\r|\n", content[:begin]))
    assert error.value.problems[0].line == line


def test_a_note_of_several_lines_is_fine(tmp_path):
    found, problems = read(tmp_path, 'email;note\na@x.example;"calls\nback"\nb@x.example;\n')
    assert ([it.address for it in found], problems) == (["a@x.example", "b@x.example"], [])


def left(folder, content, encoding="utf-8"):
    """Who is excluded by a file of this content."""
    path = folder / "unsubscribed.csv"
    path.write_bytes(content.encode(encoding))
    return [it.subscriber.address for it in subscribers.exclusions(path, folder)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "line",
    ["a@x.example", "A@X.example;Jörg;2026-01-01", "Jörg;a@x.example", "Jörg <a@x.example>",
     "mailto:a@x.example", "a@x.example  # im Mai", "'a@x.example'", '"a@x.example;Jörg',
     "a@x.example.", "**a@x.example**", "(a@x.example)"],
)  # fmt: skip
def test_who_left_is_found_wherever_the_address_stands(tmp_path, line, encoding):
    assert left(tmp_path, f"{line}\nb@x.example\n", encoding) == ["a@x.example", "b@x.example"]
    assert left(tmp_path, f"# wer ging\nemail\n\n{line}\n", encoding) == ["a@x.example"]


def test_several_stand_on_a_line_and_invisible_characters_hide_nobody(tmp_path):
    typed = "a@x.example, b@x.example; c@küche.example\n\u200bd\u00ad@x.example\n"
    assert left(tmp_path, typed) == [
        "a@x.example", "b@x.example", "c@xn--kche-0ra.example", "d@x.example",
    ]  # fmt: skip


@pytest.mark.parametrize("content", ["", "\n", "email;name\n", "email\n\n"])
def test_nobody_left(tmp_path, content):
    assert left(tmp_path, content) == []


@pytest.mark.parametrize(
    ("content", "line"),
    [("a@x.example\nb@@x.example\n", 2), ("email\nb@x\n", 2), ("ä@x.example\n", 1),
     ("email\nnobody\n", 2), ("nobody", 1)],
)  # fmt: skip
def test_a_line_that_hides_who_left_is_an_error(tmp_path, content, line):
    with pytest.raises(PublishError, match="no mail address can be read") as error:
        left(tmp_path, content)
    assert [it.line for it in error.value.problems] == [line]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("x") / "subscribers.csv"
    path.write_bytes(content)
    with contextlib.suppress(PublishError):
        list(subscribers.read(path, path.parent))
    with contextlib.suppress(PublishError):
        list(subscribers.exclusions(path, path.parent))


def test_a_large_list_is_never_in_memory(tmp_path):
    path = tmp_path / "subscribers.csv"
    with path.open("w") as file:
        file.write("email;name\n")
        file.writelines(f"user{n}@x.example;Ünal {n}\n" for n in range(100_000))
    tracemalloc.start()
    assert sum(1 for _ in subscribers.read(path, tmp_path)) == 100_000
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()
