"""What held a moment ago is not looked up again; what did not hold always is."""

from __future__ import annotations

from node.lately import Lately


def test_a_condition_is_looked_at_again_after_its_time_under_another_day_and_when_it_did_not_hold() -> None:
    time, looks, so = [0.0], [], [True]

    def look() -> bool:
        looks.append(time[0])
        return so[0]

    lately = Lately(0.2, clock=lambda: time[0])

    assert all(lately.holds("public", "monday", look) for _ in range(3)) and looks == [0.0]
    time[0] = 0.1
    so[0] = False
    assert lately.holds("public", "monday", look)
    assert not lately.holds("public", "tuesday", look)
    assert not lately.holds("public", "monday", look)
    so[0] = True
    assert lately.holds("public", "monday", look) and not [at for at in looks if at > 0.1]
    time[0] = 0.31
    so[0] = False
    assert not lately.holds("public", "monday", look)
