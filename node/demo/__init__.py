"""A sample of invented research infrastructures, and a real OAI-PMH repository that serves it on 127.0.0.1.

It is what `fairnode demo` harvests, and what tests and measurements harvest. The sample's texts were written for this
project and are under its licence, Apache-2.0.
"""

from node.demo.bulk import BULK_SET, generate
from node.demo.defects import DEFECTS, Defect
from node.demo.holdings import SampleRecord
from node.demo.repository import SampleRepository
from node.demo.sample import REPOSITORY_IDENTIFIER, sample_records

__all__ = [
    "BULK_SET",
    "DEFECTS",
    "REPOSITORY_IDENTIFIER",
    "Defect",
    "SampleRecord",
    "SampleRepository",
    "generate",
    "sample_records",
]
