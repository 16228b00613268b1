"""The parts of the DDI crosswalks: Codebook studies, and the study units of DDI Lifecycle."""
