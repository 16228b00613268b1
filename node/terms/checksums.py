"""Check digits of identifiers."""

from __future__ import annotations


def mod_11_2(digits: str) -> bool:
    """Tell whether 16 characters end in the check digit of ISO/IEC 7064 MOD 11-2, as ORCID iDs and ISNIs do."""
    if len(digits) != 16:
        return False
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    return digits[15] == "0123456789X"[(12 - total % 11) % 11]


def is_orcid_block(digits: str) -> bool:
    """Tell whether an ISNI's number is of the blocks kept for ORCID iDs.

    https://support.orcid.org/hc/en-us/articles/360006897674-Structure-of-the-ORCID-Identifier
    """
    number = int(digits[:15])
    return 15_000_000 <= number <= 35_000_000 or 900_000_000_000 <= number <= 900_100_000_000


def ror(name: str) -> bool:
    """Tell whether a ROR name ends in its checksum: ISO/IEC 7064 MOD 97-10 over Crockford base 32."""
    number = 0
    for letter in name[:7]:
        number = number * 32 + _BASE_32.index(letter)
    return 98 - number * 100 % 97 == int(name[7:])


_BASE_32 = "0123456789abcdefghjkmnpqrstvwxyz"
