"""Audits of stored records: run, compared, waived, signed, handed on as evidence (`docs/how-to/audit-a-source.md`)."""
