"""Sovereignty: labels and their join, what a record says of itself, where an object may live, who may see it. No IO."""
