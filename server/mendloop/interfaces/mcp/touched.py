"""Which resources a call has changed."""

from mendloop.app.notices import News
from mendloop.interfaces.answers.base import Answer, target_uri
from mendloop.interfaces.answers.deploy import DeploymentAnswer
from mendloop.interfaces.answers.detect import DetectAnswer
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.interfaces.answers.repair import GenerateAnswer, ProposeAnswer
from mendloop.interfaces.answers.report import TestAnswer

STATUS = "mendloop://status"


def touched(answer: Answer, *targets: str | None) -> tuple[str, ...]:
    """The resources that may read differently after a call.

    Args:
        answer: What the call answered.
        targets: Those that were called or recorded.
    """
    of_targets = [
        uri
        for target in dict.fromkeys(targets)
        if target is not None
        for uri in (target_uri(target), target_uri(target, "/executions"))
    ]
    return (STATUS, *_of(answer), *of_targets)


def changed(news: News) -> tuple[str, ...]:
    """The resources that may read differently after something happened, here or elsewhere."""
    uris = [STATUS, "mendloop://targets", "mendloop://audit"]
    for target in news.called:
        uris += [
            target_uri(target),
            target_uri(target, "/executions"),
            target_uri(target, "/stats"),
        ]
    for kind, named in news.subjects:
        match kind:
            case "proposal":
                uris += _tested(named)
            case "target":
                uris += [target_uri(named), target_uri(named, "/versions")]
            case _:
                uris.append(f"mendloop://{kind}s/{named}")
    return tuple(dict.fromkeys(uris))


def _of(answer: Answer) -> list[str]:
    match answer:
        case DetectAnswer():
            return [f"mendloop://incidents/{each.id}" for each in answer.incidents]
        case InvestigateAnswer(incident=str(incident)):
            return [f"mendloop://incidents/{incident}"]
        case GenerateAnswer():
            return [uri for each in answer.proposals for uri in _tested(each.proposal)]
        case ProposeAnswer(proposal=proposal) | TestAnswer(proposal=proposal):
            return _tested(proposal)
        case DeploymentAnswer():
            return _deployed(answer)
        case _:
            return []


def _tested(proposal: str) -> list[str]:
    return [f"mendloop://proposals/{proposal}", f"mendloop://proposals/{proposal}/report"]


def _deployed(answer: DeploymentAnswer) -> list[str]:
    undone = [] if answer.undoes is None else [f"mendloop://deployments/{answer.undoes}"]
    return [
        f"mendloop://deployments/{answer.deployment}",
        *undone,
        *([] if answer.proposal is None else _tested(answer.proposal)),
        *(target_uri(target, "/versions") for target in answer.targets),
    ]
