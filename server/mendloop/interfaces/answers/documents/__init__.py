"""What the resources hold: whole records, as JSON values.

Unlike an answer, a document gives every text in full. It is written by ``text.compact``, which
escapes what is not seen, so that nothing is lost and nothing is hidden. Texts that were recorded
or written by others stand in fields named ``recorded_...``, or in the values of a recorded call.
"""

from mendloop.interfaces.answers.base import Document
from mendloop.interfaces.answers.documents.changed import (
    audit_document,
    deployment_document,
    diff,
    proposal_document,
    report_document,
    versions_document,
)
from mendloop.interfaces.answers.documents.found import diagnosis_document, incident_document
from mendloop.interfaces.answers.documents.recorded import (
    execution_document,
    executions_document,
    target_document,
)

__all__ = [
    "Document",
    "audit_document",
    "deployment_document",
    "diagnosis_document",
    "diff",
    "execution_document",
    "executions_document",
    "incident_document",
    "proposal_document",
    "report_document",
    "target_document",
    "versions_document",
]
