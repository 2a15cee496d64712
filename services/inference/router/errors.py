"""Why the router itself gives up a request; what pods say of theirs is passed on."""

from services.inference.errors import BusyError, InferenceError


class DiscoveryError(InferenceError):
    """The router cannot be told its pods: it does not start."""

    code = "discovery_failed"


class PodsUnreachableError(BusyError):
    """Every pod that was asked broke off before its answer began."""

    code = "pods_unreachable"


class AnswerTimedOutError(InferenceError):
    """No pod that was asked began its answer in time."""

    code = "answer_timed_out"


class PodBrokeOffError(InferenceError):
    """The pod broke off in the middle of its answer."""

    code = "pod_broke_off"
