"""The operator's mistakes: what to show the person who starts or configures the server.

Each names the setting, shows the value (never a secret) and says what to do. What becomes of a
visitor's event is another family: `model.outcome`.
"""


class OperatorError(Exception):
    """A mistake that the operator can mend; the command prints its text and ends with status 2."""
