"""Records as documents: what each outlet says, without a web framework."""
