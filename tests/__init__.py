"""The tests. A package of its own, because some distributions install a top-level `tests` beside theirs."""
