"""What refuses the completion of a Workflow Task."""


class BadCommand(Exception):
    """The completion is refused: the Workflow Task fails with Temporal's cause."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause
        self.text = text
