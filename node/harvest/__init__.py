"""The plug-in point of harvesting: what a protocol must offer, and the one door to the network it gets."""
