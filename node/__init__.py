"""fairnode: a FAIR research-data federation node."""

__version__ = "0.1.0"
