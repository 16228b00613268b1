"""Metadata formats: foreign payloads into the model, the model out again, one file per format.

Which formats there are: `node.mapping.crosswalks`; whoever needs one of them need not load them all.
"""
