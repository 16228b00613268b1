"""The parts of the CERIF crosswalk: research outputs, what infrastructures offer, people and grants."""
