"""Benchmarks: ratios measured in one run, against a bare loop or a peer; never a test with a stop-watch."""
