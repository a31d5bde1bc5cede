"""What only the person knows: the password signs in, the PIN unlocks and signs."""

from __future__ import annotations

from typing import Literal

Secret = Literal["password", "pin"]
