"""ISO 19115 metadata in either XML encoding, part by part; `node.mapping.iso19139` and `iso19115_3` are the formats."""
