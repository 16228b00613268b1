"""A real catalogue: pycsw, in a process and an environment of its own, filled over CSW-T as its users fill it.

pycsw 2.6 (https://docs.pycsw.org/en/2.6.2/) speaks CSW 2.0.2 and 3.0; `make .venv/.peers` installs it.
"""

from __future__ import annotations

import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from tests.conftest import ROOT

PYTHON = ROOT / ".venv" / "peers" / "bin" / "python"

_PROGRAM = """
import os, sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
from pycsw.core import admin
from pycsw.wsgi import application

class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments): pass

folder = sys.argv[1]
admin.setup_db(f"sqlite:///{folder}/records.db", "records", folder)
server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
os.environ["PYCSW_CONFIG"] = f"{folder}/pycsw.cfg"
os.environ["CATALOGUE_URL"] = f"http://127.0.0.1:{server.server_port}/csw"
print(server.server_port, flush=True)
sys.stdout = sys.stderr  # where pycsw tells of every request
server.serve_forever()
"""

_SETTINGS = """
[server]
home={folder}
url=$CATALOGUE_URL
mimetype=application/xml; charset=UTF-8
encoding=UTF-8
language=en
maxrecords={page_size}
profiles=apiso
[manager]
transactions=true
allowed_ips=127.0.0.1
[metadata:main]
identification_title=Catalogue of a water institute
identification_abstract=Made for a test
identification_keywords=water
identification_keywords_type=theme
identification_fees=None
identification_accessconstraints=None
provider_name=Water institute
provider_url=https://water.example.org
contact_name=Virtanen, Maija
contact_position=Steward
contact_address=1 Lake Road
contact_city=Kuopio
contact_stateorprovince=Savo
contact_postalcode=70100
contact_country=Finland
contact_phone=+358 1
contact_fax=+358 2
contact_email=catalogue@water.example.org
contact_url=https://water.example.org
contact_hours=0
contact_instructions=None
contact_role=pointOfContact
[repository]
database=sqlite:///{folder}/records.db
table=records
"""


@dataclass(frozen=True)
class Pycsw:
    """The catalogue, at `url`."""

    url: str

    def insert(self, *records: str) -> None:
        """Publish records, each an element."""
        for record in records:
            self._transact(f"<csw:Insert>{record}</csw:Insert>", "totalInserted", 1)

    def update(self, record: str) -> None:
        """Publish a record in place of the one with its identifier."""
        self._transact(f"<csw:Update>{record}</csw:Update>", "totalUpdated", 1)

    def delete(self, identifier: str) -> None:
        """Withdraw a record."""
        wanted = (
            '<csw:Delete><csw:Constraint version="1.1.0"><ogc:Filter><ogc:PropertyIsEqualTo>'
            f"<ogc:PropertyName>apiso:Identifier</ogc:PropertyName><ogc:Literal>{identifier}</ogc:Literal>"
            "</ogc:PropertyIsEqualTo></ogc:Filter></csw:Constraint></csw:Delete>"
        )
        self._transact(wanted, "totalDeleted", 1)

    def _transact(self, inside: str, name: str, count: int) -> None:
        body = (
            '<csw:Transaction xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" xmlns:ogc="http://www.opengis.net/ogc" '
            f'xmlns:apiso="http://www.opengis.net/cat/csw/apiso/1.0" service="CSW" version="2.0.2">{inside}'
            "</csw:Transaction>"
        )
        request = urllib.request.Request(self.url, body.encode(), {"Content-Type": "application/xml"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
        assert f"<csw:{name}>{count}</csw:{name}>" in text, text


@contextmanager
def pycsw(folder: Path, *, page_size: int = 7) -> Iterator[Pycsw]:
    """Start an empty catalogue that gives `page_size` records at most; skip the test where pycsw is not installed."""
    if not PYTHON.exists():
        pytest.skip("pycsw is not installed; `make .venv/.peers` does it")
    (folder / "pycsw.cfg").write_text(_SETTINGS.format(folder=folder, page_size=page_size), encoding="utf-8")
    log = (folder / "pycsw.log").open("w+b")
    # Isolated, so that this very folder does not hide the pycsw that is installed.
    command = [str(PYTHON), "-I", "-W", "ignore", "-c", _PROGRAM, str(folder)]
    with log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port.isdigit(), (folder / "pycsw.log").read_text(encoding="utf-8")
            yield Pycsw(url=f"http://127.0.0.1:{port}/csw")
        finally:
            process.terminate()
            process.wait(timeout=30)


def iso_record(identifier: str, title: str, date: str, *, service: bool = False) -> str:
    """Return ISO 19139 metadata of a dataset or a service."""

    def text(value: str) -> str:
        return f"<gco:CharacterString>{escape(value)}</gco:CharacterString>"

    def code(name: str, value: str) -> str:
        return f'<gmd:{name} codeList="http://standards.iso.org/#{name}" codeListValue="{value}">{value}</gmd:{name}>'

    scope = "service" if service else "dataset"
    kind = "srv:SV_ServiceIdentification" if service else "gmd:MD_DataIdentification"
    return (
        '<gmd:MD_Metadata xmlns:gmd="http://www.isotc211.org/2005/gmd" xmlns:gco="http://www.isotc211.org/2005/gco" '
        'xmlns:srv="http://www.isotc211.org/2005/srv">'
        f"<gmd:fileIdentifier>{text(identifier)}</gmd:fileIdentifier><gmd:language>{text('eng')}</gmd:language>"
        f"<gmd:hierarchyLevel>{code('MD_ScopeCode', scope)}</gmd:hierarchyLevel>"
        f"<gmd:contact><gmd:CI_ResponsibleParty><gmd:organisationName>{text('Water institute')}</gmd:organisationName>"
        f"<gmd:role>{code('CI_RoleCode', 'pointOfContact')}</gmd:role></gmd:CI_ResponsibleParty></gmd:contact>"
        f"<gmd:dateStamp><gco:Date>{date}</gco:Date></gmd:dateStamp>"
        f"<gmd:identificationInfo><{kind}><gmd:citation><gmd:CI_Citation><gmd:title>{text(title)}</gmd:title>"
        "<gmd:date><gmd:CI_Date><gmd:date><gco:Date>2020-01-01</gco:Date></gmd:date>"
        f"<gmd:dateType>{code('CI_DateTypeCode', 'publication')}</gmd:dateType></gmd:CI_Date></gmd:date>"
        f"</gmd:CI_Citation></gmd:citation><gmd:abstract>{text('Water levels & flows.')}</gmd:abstract>"
        f"</{kind}></gmd:identificationInfo></gmd:MD_Metadata>"
    )


def csw_record(identifier: str, title: str, date: str) -> str:
    """Return a csw:Record of CSW 2.0.2."""
    return (
        '<csw:Record xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dct="http://purl.org/dc/terms/" xmlns:ows="http://www.opengis.net/ows">'
        f"<dc:identifier>{identifier}</dc:identifier><dc:title>{escape(title)}</dc:title><dc:type>dataset</dc:type>"
        f"<dct:modified>{date}</dct:modified><dct:abstract>Lake levels.</dct:abstract></csw:Record>"
    )
