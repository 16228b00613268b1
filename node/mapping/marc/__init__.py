"""The parts of the MARC 21 crosswalk: fields, coded values, names, links."""
