"""DCAT in any RDF syntax: the crosswalk, and what it reads part by part."""

from node.mapping.dcat.crosswalk import CROSSWALK, WRITER

__all__ = ["CROSSWALK", "WRITER"]
