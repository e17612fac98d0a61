"""All pages."""

from __future__ import annotations

from fastapi import APIRouter

from amlsec.gate.pages.routes import deciding, entrance, files, ledger, people, queue, snapshots, sources, submission

router = APIRouter(include_in_schema=False)
for _part in (deciding, entrance, files, ledger, people, queue, snapshots, sources, submission):
    router.include_router(_part.router)
