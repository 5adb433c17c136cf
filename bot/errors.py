"""What can go wrong, as one tree. Catch `OpenbookError` to catch all of it.

OpenbookError
├── SettingsError            settings missing or bad, all named at once
├── QuestionError            a question that cannot be asked (empty, too long)
├── QuestionFileError        a line of an eval file that cannot be used
├── KnowledgeError           the knowledge folder as a whole
│   └── DocumentError        one file of it; collected in the report, never fatal
│       └── DocumentUnsettled   may be readable another time: it was changing, or out of time
├── StoreError               the index
│   ├── IndexMissing
│   ├── IndexBusy            another run holds the lock
│   ├── IndexDamaged         foreign or broken files
│   ├── EmbedderMisfit       built with another embedder than the one that is set
│   └── DeletionRefused      a run would delete too much and nobody agreed
├── PictureError             a chart or map that cannot be drawn or written
├── LedgerError              the database of messages and answers
├── PlatformError            Telegram or Slack cannot be used
└── ModelError               an embedding or chat model
    ├── ModelRejected        asking again cannot help: key, model name, request
    ├── ModelAway            no connection, time-out, overload, breaker open
    ├── ModelBroken          it answered, but the answer is cut, empty or malformed
    └── BudgetSpent          it was not called: the money of the day is gone
"""


class OpenbookError(Exception):
    """Something a person can understand: `problem` says what is wrong, `remedy` what to do."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return ("\n" if "\n" in self.problem else " ").join(
            filter(None, (self.problem, self.remedy))
        )


class SettingsError(OpenbookError):
    pass


class QuestionError(OpenbookError):
    pass


class QuestionFileError(OpenbookError):
    pass


class KnowledgeError(OpenbookError):
    pass


class DocumentError(KnowledgeError):
    pass


class DocumentUnsettled(DocumentError):
    pass


class StoreError(OpenbookError):
    pass


class IndexMissing(StoreError):
    pass


class IndexBusy(StoreError):
    pass


class IndexDamaged(StoreError):
    pass


class EmbedderMisfit(StoreError):
    pass


class DeletionRefused(StoreError):
    pass


class PictureError(OpenbookError):
    pass


class LedgerError(OpenbookError):
    pass


class PlatformError(OpenbookError):
    pass


class ModelError(OpenbookError):
    pass


class ModelRejected(ModelError):
    pass


class ModelAway(ModelError):
    pass


class ModelBroken(ModelError):
    pass


class BudgetSpent(ModelError):
    """The budget of the asker, or the `daily` one of all; the next day begins in `hours`."""

    def __init__(
        self, problem: str, remedy: str = "", *, daily: bool = False, hours: int = 0
    ) -> None:
        super().__init__(problem, remedy)
        self.daily = daily
        self.hours = hours
