"""The drift audit: what is really in the storage zones and the graphs, held against what the database says."""
