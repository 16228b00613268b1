"""The node that the running application serves."""

from __future__ import annotations

from typing import cast

from flask import current_app

from node.model.label import Audience
from node.node import Node


def current_node() -> Node:
    """Return the node of the running application."""
    return cast(Node, current_app.extensions["fairnode"])


def current_audience() -> Audience:
    """Return who is asking. Without identity everybody is the public."""
    return Audience.PUBLIC
