"""HTTP of models: the base model, each cartridge as `<base>:<cartridge id>`, and each corpus as `<base>:<corpus id>`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from cartridge_store.db.repositories import cartridges
from cartridge_store.db.tables import CartridgeRow
from cartridge_store.errors import NotFoundError
from services.api.access import Asker
from services.api.platform import PlatformDep
from services.api.problems import documented, model_not_found

router = APIRouter(prefix="/v1/models", tags=["chat"])

_LISTED = 1000


class ModelOut(BaseModel):
    """A name that `model` takes in a chat request."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "smollm2-135m:ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "object": "model",
                "created": 1795510800,
                "owned_by": "ten_01j9z3k4m5n6p7q8r9s0t1v2w3",
            }
        }
    )

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ModelsOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelOut]


@router.get("", summary="List models", responses=documented())
def list_models(caller: Asker, platform: PlatformDep) -> ModelsOut:
    """The base model, the tenant's newest 1000 cartridges, and their corpora: each means its best cartridge."""
    base = platform.settings.base_model_name
    with platform.rows_of(caller.tenant_id) as session:
        rows = cartridges.list_page(session, caller.tenant_id, limit=_LISTED).rows
        corpus_ids = list(dict.fromkeys(row.corpus_id for row in rows))
        present = cartridges.present_of(session, caller.tenant_id, corpus_ids, base)
    named = [_cartridge(row) for row in rows]
    named += [_corpus(present[corpus_id]) for corpus_id in corpus_ids if corpus_id in present]
    return ModelsOut(data=[_base(base), *named])


@router.get(
    "/{model_id:path}", summary="Get a model", responses=documented(model_not_found("other", "smollm2-135m"))
)
def get_model(
    model_id: Annotated[str, Path(max_length=300)], caller: Asker, platform: PlatformDep
) -> ModelOut:
    """One name of the list."""
    base = platform.settings.base_model_name
    if model_id == base:
        return _base(base)
    name, _, named = model_id.rpartition(":")
    try:
        with platform.rows_of(caller.tenant_id) as session:
            (row,) = cartridges.named(session, caller.tenant_id, [named], base)
    except NotFoundError as error:
        raise model_not_found(model_id, base) from error
    if row.base_model != name:
        raise model_not_found(model_id, base)
    return _cartridge(row) if named == row.id else _corpus(row)


def _base(name: str) -> ModelOut:
    return ModelOut(id=name, created=0, owned_by="cartridges")


def _cartridge(row: CartridgeRow) -> ModelOut:
    return ModelOut(
        id=f"{row.base_model}:{row.id}", created=int(row.created_at.timestamp()), owned_by=row.tenant_id
    )


def _corpus(row: CartridgeRow) -> ModelOut:
    """The name that means whichever cartridge is the corpus's best; `row` is so now."""
    return ModelOut(
        id=f"{row.base_model}:{row.corpus_id}",
        created=int(row.created_at.timestamp()),
        owned_by=row.tenant_id,
    )
