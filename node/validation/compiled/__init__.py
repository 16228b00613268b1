"""Shapes as Python closures: SHACL Core, read once, asked of each record (https://www.w3.org/TR/shacl/)."""

from __future__ import annotations

from node.validation.compiled.checks import NOT_ASKED, STOPPED, Check, Fault
from node.validation.compiled.shapes_graph import NotCompiled, ShapesGraph
from node.validation.compiled.shapes_to_checks import Compiler, not_asked

__all__ = ["NOT_ASKED", "STOPPED", "Check", "Compiler", "Fault", "NotCompiled", "ShapesGraph", "not_asked"]
