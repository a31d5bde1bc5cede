"""What a person is to the clinic."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["nurse", "clinician", "tester", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
