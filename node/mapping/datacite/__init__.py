"""DataCite metadata, part by part: agents, dates, places, relations; `node.mapping.oai_datacite` is the format."""
