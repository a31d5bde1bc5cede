from __future__ import annotations

import pytest

from monitor.web.pages.board import columns_for


@pytest.mark.parametrize(
    ("rooms", "columns"), [(1, 1), (2, 2), (4, 2), (6, 3), (8, 4), (9, 3), (12, 4), (16, 4), (32, 8)]
)
def test_rooms_stand_in_a_grid_that_fits_a_screen(rooms: int, columns: int) -> None:
    assert columns_for(rooms) == columns
