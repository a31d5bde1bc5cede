"""A treatment from arrival to a signed discharge: intake, gate, dosing, assessments, checklist, endings."""
