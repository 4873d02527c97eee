"""Classes of near points: exact, so the order of the points' coordinates cannot change them."""

from __future__ import annotations

import numpy as np
import pytest

from training.injection.dividing import LARGEST, divide


def points(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.random.default_rng(5).integers(-LARGEST, LARGEST, (count, 8)).astype(np.float64)


def test_dividing_twice_gives_the_same_classes() -> None:
    assert divide(points(500), 20, 0).tolist() == divide(points(500), 20, 0).tolist()


def test_the_order_of_coordinates_does_not_matter() -> None:
    assert divide(points(500), 20, 0).tolist() == divide(points(500)[:, ::-1], 20, 0).tolist()


def test_groups_far_apart_are_found() -> None:
    middles = np.repeat(np.array([[-9000.0, 0.0], [9000.0, 0.0], [0.0, 9000.0]]), 30, axis=0)
    classes = divide(middles + np.random.default_rng(1).integers(-50, 50, middles.shape), 3, 0).reshape(3, 30)
    assert [len(set(row)) for row in classes.tolist()] == [1, 1, 1]
    assert len(set(classes[:, 0].tolist())) == 3


def test_every_class_is_within_the_count() -> None:
    assert set(divide(points(100), 100, 0).tolist()) == set(range(100))


@pytest.mark.parametrize("wrong", [0.5, LARGEST + 1.0])
def test_points_that_are_not_whole_or_too_far_are_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="whole"):
        divide(np.array([[0.0], [wrong]]), 1, 0)
