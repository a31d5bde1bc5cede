"""HL7 version 2: what was measured and charted as messages in the manner of IHE PCD-01, and the way to send them."""
