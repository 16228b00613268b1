"""Packages of CKAN, read."""

from node.mapping.ckan.crosswalk import CROSSWALK

__all__ = ["CROSSWALK"]
