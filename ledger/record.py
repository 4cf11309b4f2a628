"""The base of every record: frozen, strict about its fields, plain data."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Immutable data with named, typed fields; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")
