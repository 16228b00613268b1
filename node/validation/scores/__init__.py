"""Scores that others know, from what is known of a record: MQA, F-UJI and the RDA maturity model.

Each is a pure function with three states: met, not met, undecided. What is undecided is never counted as met and never
scaled away: a score is points, the points that could be decided, and the whole.
"""

from __future__ import annotations
