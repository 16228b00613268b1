"""What to mend in the records of a source, what that would gain, and which raw values nearly name a term."""
