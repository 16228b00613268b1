"""The two SHACL engines, held to each other: any difference is a failing test."""
