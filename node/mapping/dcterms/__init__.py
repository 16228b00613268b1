"""The parts of the Qualified Dublin Core crosswalk: DCMI terms, and the generic tree that DSpace writes them in."""
