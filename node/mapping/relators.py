"""What somebody did for a resource: MARC relators as creators, publishers and contributor types of DataCite.

Sources: MARC code list for relators (https://id.loc.gov/vocabulary/relators.html), DataCite Metadata Schema 4.6,
appendix 1, contributorType (https://datacite-metadata-schema.readthedocs.io/en/4.6/appendices/appendix-1/contributorType/).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Relator:
    """A role.

    Attributes:
        kind: `creator`, `publisher`, `contact` or `contributor`.
        contributor_type: DataCite's word for a contributor; `None` where it has none, or none is needed.
    """

    kind: str
    contributor_type: str | None = None


def relator(text: str) -> Relator | None:
    """Return the role of a relator code, an English term, a DataCite contributorType or a relator's address.

    `None` is a role that is none of these: it is never guessed at.
    """
    plain = text.strip().rstrip(".,;: ").casefold().rpartition("/")[2]
    key = "".join(letter for letter in plain if letter.isalnum())
    return _BY_KEY.get(key)


_CREATORS = (
    "aut author authors", "cre creator creators", "cmp composer", "art artist", "pht photographer", "ctg cartographer",
    "prg programmer", "dnr datacreator", "inv inventor", "dis dissertant", "aud coauthor",
)  # fmt: skip
_CONTRIBUTORS = {
    "Translator": "trl translator",
    "DataCollector": "col datacollector collector",
    "DataCurator": "cur datacurator curator",
    "DataManager": "dtm datamanager",
    "Distributor": "dst distributor bkd",
    "Editor": "edt editor editors edc edm",
    "Funder": "fnd funder",
    "HostingInstitution": "his hst hostinstitution hostinginstitution",
    "Producer": "pro producer",
    "ProjectLeader": "pdr projectleader projectdirector rth researchteamhead led lead",
    "ProjectManager": "projectmanager",
    "ProjectMember": "projectmember rtm researchteammember",
    "RegistrationAgency": "registrationagency",
    "RegistrationAuthority": "registrationauthority",
    "RelatedPerson": "relatedperson asn associatedname",
    "Researcher": "res researcher",
    "ResearchGroup": "researchgroup",
    "RightsHolder": "cph rightsholder copyrightholder distributionrightsholder iprholder licensor lso",
    "Sponsor": "spn sponsor",
    "Supervisor": "ths dgs supervisor thesisadvisor advisor degreesupervisor thesissupervisor",
    "WorkPackageLeader": "workpackageleader",
    "Other": "oth other rev reviewer referee opn opponent dgg degreegrantinginstitution com compiler ill illustrator",
}
_BY_KEY: dict[str, Relator] = {
    **{key: Relator(kind="creator") for line in _CREATORS for key in line.split()},
    **{
        key: Relator(kind="contributor", contributor_type=name)
        for name, line in _CONTRIBUTORS.items()
        for key in line.split()
    },
    **{key: Relator(kind="contributor") for key in ("ctb", "contributor")},
    **{key: Relator(kind="publisher") for key in ("pbl", "publisher")},
    **{key: Relator(kind="contact") for key in ("contactperson", "contact", "ctc")},
}
