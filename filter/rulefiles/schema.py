"""What do editors need to complete and check rule files and settings as they are typed?"""

from __future__ import annotations

from filter.rulefiles.model import RuleFile
from filter.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rules_schema() -> dict[str, object]:
    """Return the JSON Schema of a rule file."""
    schema = RuleFile.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": DIALECT, **schema, "title": "Sallyport rule file"}


def settings_schema() -> dict[str, object]:
    """Return the JSON Schema of the settings file."""
    schema = Settings.model_json_schema(mode="validation")
    return {"$schema": DIALECT, **schema, "title": "Sallyport settings"}
