"""The device layer: bytes from oximeters and cuffs become readings. It knows no session, alarm or screen."""
