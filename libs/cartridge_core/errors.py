"""Every error the method raises, each with a stable `code` that an edge can turn into an answer."""


class CartridgeError(Exception):
    """Base of all errors of the method. `code` is stable and machine readable."""

    code = "cartridge_error"


class ArtifactError(CartridgeError):
    """A cartridge file cannot be used."""

    code = "cartridge_corrupt"


class ArtifactUnreadableError(ArtifactError):
    """The file is no safetensors file, is cut short, or lacks the cartridge header."""


class ArtifactVersionError(ArtifactError):
    """The file's format version is not one this release reads."""

    code = "cartridge_version_unsupported"


class ArtifactDigestError(ArtifactError):
    """The file's SHA-256 is not the expected one."""


class ArtifactShapeError(ArtifactError):
    """Keys or values do not have the shape or dtype that the header states."""


class ArtifactNotFiniteError(ArtifactError):
    """Keys or values hold NaN or infinity."""


class ModelMismatchError(ArtifactError):
    """The cartridge was trained for another base model."""

    code = "cartridge_model_mismatch"


class TokenizerMismatchError(ModelMismatchError):
    """The cartridge was trained with another tokenizer or chat template."""


class UnsupportedModelError(CartridgeError):
    """The model's architecture or configuration is none that the adapter implements."""

    code = "model_unsupported"


class ModelNotFoundError(CartridgeError):
    """No model directory is at the given place."""

    code = "model_not_found"


class PromptTooLongError(CartridgeError):
    """Prompt and requested answer do not fit into the model's context window."""

    code = "prompt_too_long"


class CorpusTooShortError(CartridgeError):
    """The corpus holds fewer tokens than the recipe needs."""

    code = "corpus_too_short"


class InitialCartridgeError(CartridgeError):
    """The cartridge that training was to start from has another size than the recipe asks for."""

    code = "initial_cartridge_unfit"


class ConversationFormatError(CartridgeError):
    """A stored conversation shard does not follow the schema."""

    code = "conversations_corrupt"


class CheckpointError(CartridgeError):
    """A training checkpoint belongs to another run or is damaged."""

    code = "checkpoint_unusable"


class NothingToLearnError(CartridgeError):
    """Training was asked for with no conversation to learn from."""

    code = "nothing_to_learn"


class TrainingDivergedError(CartridgeError):
    """Loss or gradients became NaN or infinite."""

    code = "training_diverged"
