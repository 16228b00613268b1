"""schema.org as JSON-LD, read and written."""

from node.mapping.schema_org.crosswalk import CROSSWALK
from node.mapping.schema_org.writing import write

__all__ = ["CROSSWALK", "write"]
