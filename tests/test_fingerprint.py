"""Equal values have equal fingerprints, and different ones different."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import fingerprint
from publisher.model import Article, Chapter, Reference, Texts

SCALARS = st.one_of(
    st.text(max_size=5), st.binary(max_size=5), st.integers(), st.none(), st.booleans()
)
VALUES = st.recursive(SCALARS, lambda it: st.lists(it, max_size=3).map(tuple), max_leaves=6)


@given(VALUES, VALUES)
def test_no_two_values_run_together(one: object, other: object) -> None:
    is_same = repr(one) == repr(other)  # == takes True for 1
    assert (fingerprint.of(one) == fingerprint.of(other)) == is_same
    assert fingerprint.of(one, other) != fingerprint.of((one, other))


def test_where_a_value_came_from_does_not_count() -> None:
    reference = Reference("x.md", picture=False, line=7)
    assert fingerprint.of(reference) == fingerprint.of(replace(reference, line=8))
    assert fingerprint.of(reference) != fingerprint.of(replace(reference, url="/x/"))


def test_a_remembered_fingerprint_is_not_that_of_a_changed_copy() -> None:
    article = Article("1f0c", Texts("<p>"))
    before = article.fingerprint()
    assert replace(article, summary="Neu").fingerprint() != before
    assert replace(article).fingerprint() == before


def test_a_class_is_part_of_its_value() -> None:
    assert fingerprint.of(Chapter(1.0, "x")) != fingerprint.of((1.0, "x", "", ""))


def test_what_has_no_encoding_is_refused() -> None:
    assert fingerprint.of(Path("a/b"), datetime(2026, 1, 1, tzinfo=UTC), {"b": 1, "a": 2})
    with pytest.raises(TypeError, match="no canonical encoding for object"):
        fingerprint.of(object())
