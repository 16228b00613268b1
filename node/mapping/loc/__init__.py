"""The parts of the MODS and METS crosswalks, formats of the Library of Congress: descriptions, files, links."""
