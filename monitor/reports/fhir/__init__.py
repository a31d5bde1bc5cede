"""A session as resources of FHIR R4 (HL7, version 4.0.1), for electronic health records. What maps to what, and what is
left out, is in ``docs/exports.md``.
"""
