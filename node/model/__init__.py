"""Frozen values that every part of the node speaks of; standard library only."""
