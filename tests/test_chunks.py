"""Long lists are cut where their names say, so that a change touches one piece."""

from hypothesis import given
from hypothesis import strategies as some

from publisher import chunks

NAMES = some.lists(some.text(max_size=6), max_size=300, unique=True)


@given(names=NAMES)
def test_pieces_are_the_whole_in_its_order(names):
    pieces = list(chunks.pieces(names, names))
    assert [it for piece in pieces for it in piece] == names
    assert all(pieces)


def test_a_new_item_changes_one_piece_or_divides_it():
    names = [f"folge-{number:05}" for number in range(10_000)]
    before = {tuple(it) for it in chunks.pieces(names, names)}
    assert 8 < len(names) / len(before) < 128
    for number in range(0, 10_000, 500):
        more = sorted([*names, f"folge-{number:05}-neu"])
        after = {tuple(it) for it in chunks.pieces(more, more)}
        assert len(before - after) == 1
        assert len(after - before) in (1, 2)
