"""The parts of the CMDI crosswalk: components of any profile, people, resource proxies."""
