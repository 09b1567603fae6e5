"""Everything that can go wrong between Discord and the painter.

    AtelierError
    ├── Refusal                 what a member asked for can't be done
    │   ├── AboutPicture        a picture that a member sent or chose
    │   │   ├── WrongFileType
    │   │   ├── FileTooLarge
    │   │   ├── PictureOptions
    │   │   │   ├── NoPictureChosen
    │   │   │   └── TooManyPicturesChosen
    │   │   └── NotAPictureLink
    │   ├── NoPictureThere
    │   ├── VectorSticker
    │   ├── NoRecentPicture
    │   ├── Unreadable
    │   │   ├── ChannelUnreadable
    │   │   └── MessageUnreadable
    │   ├── HistoryHidden
    │   ├── NoPictureVisible
    │   ├── FormOutdated
    │   ├── FormPictureForgotten
    │   ├── ButtonOutdated
    │   ├── MissingPermissions
    │   ├── Full                a limit of paintings in the queue or in progress
    │   │   ├── TooManyJobs
    │   │   ├── ServerBusy
    │   │   └── QueueFull
    │   ├── DailyLimitReached
    │   ├── AlreadyAsked
    │   ├── NotYourChoice
    │   ├── NotYours
    │   ├── VariationsByOwnerOnly
    │   ├── AlreadyChosen
    │   ├── AlreadyFinished
    │   ├── TooLateToCancel
    │   ├── PausedUntilRestart
    │   ├── AlreadyDeleted
    │   ├── MessageNotDeleted
    │   ├── PaintingForgotten
    │   ├── DiskFull
    │   ├── ChannelNotAllowed
    │   ├── RoleNotAllowed
    │   ├── PhotoStaysAsItIs
    │   ├── SizeNotAllowed
    │   ├── SizeBeyondMemory
    │   ├── SizeTooLarge
    │   ├── SizeTooSmall
    │   ├── ContentSizeUnknown
    │   ├── NoStrokes
    │   ├── NotAManager
    │   ├── NotADailyLimit
    │   ├── NotASeed
    │   ├── NothingEdited
    │   ├── FileBeyondUploadLimit
    │   ├── NoShowcase
    │   ├── SharedElsewhere
    │   ├── ShowcaseClosed
    │   ├── ShowcaseNotForAdults
    │   ├── SharedBefore
    │   ├── TooManyFavorites
    │   ├── NotInHistory
    │   ├── NotAModerator
    │   ├── PaintingFilesGone
    │   ├── AboutStyle          a style of the gallery
    │   │   ├── StyleNameTaken
    │   │   ├── StyleExists
    │   │   ├── StyleNotFound
    │   │   ├── StyleBuiltIn
    │   │   └── StyleNotYours
    │   ├── StyleNameLength
    │   ├── TooManyBoardStyles
    │   ├── NotABlend
    │   ├── WrongNumberOfWeights
    │   ├── TooManyStyles
    │   ├── NoGalleryHere
    │   ├── NotAnOrganizer
    │   ├── NotAnEntryModerator
    │   ├── DraftGone
    │   ├── DraftTextGone
    │   ├── ChallengeTextMissing
    │   ├── NoThemes
    │   ├── TooManyThemes
    │   ├── ThemeTooLong
    │   ├── TooManySeries
    │   ├── SeriesStopped
    │   ├── SeriesMovedOn
    │   ├── OneStyleNeeded
    │   ├── NoUpload
    │   ├── ChannelNotYours
    │   ├── ChannelNeedsPermissions
    │   ├── RoleForVoters
    │   ├── RoleForWinners
    │   ├── ChallengeUnknown
    │   ├── NoOpenChallenge
    │   ├── NoReviewedChallenge
    │   ├── NotOnItsServer
    │   ├── EntriesNotOpen
    │   ├── EntriesClosed
    │   ├── BannedFromChallenge
    │   ├── NoPlaceLeft
    │   ├── RejectReasonMissing
    │   ├── PaintingUnfit
    │   ├── NothingToEnter
    │   ├── EntryChosenTwice
    │   ├── SeveralChallenges
    │   ├── EntryPictureUnneeded
    │   ├── AlreadyEntered
    │   ├── EntryRejected
    │   ├── EntryGone
    │   ├── TooLateToWithdraw
    │   ├── TooLateToBan
    │   ├── AlreadyDecided
    │   ├── EntryIsAnonymous
    │   ├── IsAnEntry
    │   ├── ChallengeNotFound
    │   ├── NoRunningChallenge
    │   ├── AboutChallenge      a challenge whose phase doesn't allow something
    │   │   ├── ChallengeNotEnded
    │   │   ├── ChallengeOver
    │   │   ├── ChallengeNotOpenYet
    │   │   ├── NoResults
    │   │   ├── VotesBeingCounted
    │   │   ├── VotingOver
    │   │   ├── VotingNotOpenYet
    │   │   └── VotingClosed
    │   ├── NotLater
    │   ├── ChallengeChanged
    │   ├── NotAPlaceForChallenges
    │   ├── BotsCannotVote
    │   ├── JoinedTooLate
    │   ├── AccountTooYoung
    │   ├── VoterRoleMissing
    │   ├── NotATime            a time that a member wrote, or a time zone
    │   ├── TimePassed
    │   ├── TimeSkipped
    │   ├── WrongWeekday
    │   ├── NotATimeZone
    │   ├── ChallengeTimePassed
    │   ├── ChallengeTimesOutOfOrder
    │   ├── ChallengeTimeTooFar
    │   ├── ChallengeTooShort
    │   ├── NoEndedChallenge
    │   ├── TieDecided
    │   ├── NotTiedForFirst
    │   ├── NotASeason
    │   ├── ExportTooLarge
    │   └── ShuttingDown
    ├── Superseded              a job that ended elsewhere, as its row says
    ├── MessageGone             a painting whose message was deleted
    ├── PaintingGivenUp         a painting that never finishes
    ├── PaintingUnreadable      a finished painting that can't be read from disk
    ├── Undeliverable           a finished painting that can't be delivered
    ├── PlaceLost               a channel or thread where the bot can't post at present
    ├── RoleNotGiven            a role that the bot can't give
    ├── RecountError            an export of a challenge whose votes can't be counted again
    │   ├── ExportUnreadable
    │   ├── BallotsUnreadable
    │   └── BallotsChanged
    ├── DownloadError           a picture that can't be downloaded
    │   ├── ForeignHost
    │   ├── AttachmentGone
    │   └── DownloadFailed
    ├── DatabaseAway            the database fails while the bot runs
    ├── DatabaseTaken           another bot has the database, so this one leaves it alone
    ├── DatabaseUsedMeanwhile   another bot has worked on the jobs that this one has in memory
    └── StartError              the bot can't start
        ├── TokenMissing
        ├── TokenMalformed
        ├── TokenRefused
        ├── WorkerUserUnusable
        ├── GalleryUnusable     the folder of the host's styles can't be used
        │   ├── GalleryFolderMissing
        │   ├── GalleryTableMissing
        │   ├── GalleryTableUnreadable
        │   ├── GalleryTableNotText
        │   ├── GalleryTableInvalid
        │   ├── GalleryStyleIdInvalid
        │   └── AboutGalleryEntry   the entry of one style
        │       ├── GalleryEntryNotTable
        │       ├── GalleryFieldMissing
        │       ├── GalleryFieldUnknown
        │       ├── GalleryFieldInvalid
        │       ├── GalleryFileMissing
        │       ├── GalleryFileUnreadable
        │       ├── GalleryFileTooLarge
        │       └── GalleryPictureUnusable
        ├── DataDirUnusable
        ├── AlreadyRunning
        ├── CannotListen
        ├── DiscordUnreachable
        ├── DatabaseInUse
        ├── DatabaseUrlInvalid
        ├── DatabaseUnusable
        ├── DatabaseDamaged
        ├── DatabaseLocked
        ├── DatabaseNotWritable
        ├── DatabaseTooNew
        └── DatabaseDriverMissing

Every error is a frozen dataclass of typed fields. Its sentence is in the catalogs of `bot.words`, under the name of its
class in lower case with hyphens; an error with several sentences chooses one by its `key`. `str(error)` is the English
one, and `bot.words.sentence_for` turns any error into what a member reads. The settings' errors are drawn in
`config/settings.py`, the painter's in `stylizer/errors.py`.
"""

from bot.errors.base import NETWORK_ERRORS, AtelierError
from bot.errors.challenge_phases import (
    AboutChallenge,
    ChallengeChanged,
    ChallengeNotFound,
    ChallengeNotOpenYet,
    ChallengeOver,
    NoRunningChallenge,
    NotAPlaceForChallenges,
    NotLater,
    VotesBeingCounted,
    VotingOver,
)
from bot.errors.challenge_setup import (
    ChallengeTextMissing,
    ChannelNeedsPermissions,
    ChannelNotYours,
    DraftGone,
    DraftTextGone,
    NoThemes,
    NoUpload,
    OneStyleNeeded,
    RoleForVoters,
    RoleForWinners,
    SeriesMovedOn,
    SeriesStopped,
    ThemeTooLong,
    TooManySeries,
    TooManyThemes,
)
from bot.errors.challenges import (
    ChallengePhase,
    ChallengeTimePassed,
    ChallengeTimesOutOfOrder,
    ChallengeTimeTooFar,
    ChallengeTooShort,
    NotAnEntryModerator,
    NotAnOrganizer,
    NotATime,
    NotATimeZone,
    TimePassed,
    TimeSkipped,
    WrongWeekday,
)
from bot.errors.database import DatabaseAway, DatabaseTaken, DatabaseUsedMeanwhile
from bot.errors.downloads import AttachmentGone, DownloadError, DownloadFailed, ForeignHost
from bot.errors.entries import (
    AlreadyDecided,
    AlreadyEntered,
    BannedFromChallenge,
    ChallengeUnknown,
    EntriesClosed,
    EntriesNotOpen,
    EntryChosenTwice,
    EntryGone,
    EntryIsAnonymous,
    EntryPictureUnneeded,
    EntryRejected,
    IsAnEntry,
    NoOpenChallenge,
    NoPlaceLeft,
    NoReviewedChallenge,
    NothingToEnter,
    NotOnItsServer,
    PaintingUnfit,
    RejectReasonMissing,
    SeveralChallenges,
    TooLateToBan,
    TooLateToWithdraw,
)
from bot.errors.gallery import (
    AboutGalleryEntry,
    GalleryEntryNotTable,
    GalleryFieldInvalid,
    GalleryFieldMissing,
    GalleryFieldUnknown,
    GalleryFileMissing,
    GalleryFileTooLarge,
    GalleryFileUnreadable,
    GalleryFolderMissing,
    GalleryPictureUnusable,
    GalleryStyleIdInvalid,
    GalleryTableInvalid,
    GalleryTableMissing,
    GalleryTableNotText,
    GalleryTableUnreadable,
    GalleryUnusable,
)
from bot.errors.paintings import MessageGone, NotPosted, PaintingGivenUp, PaintingUnreadable, Superseded, Undeliverable
from bot.errors.places import PlaceLost, PlaceProblem
from bot.errors.refusals import (
    AboutPicture,
    AlreadyAsked,
    AlreadyChosen,
    AlreadyDeleted,
    AlreadyFinished,
    ButtonOutdated,
    ChannelNotAllowed,
    ChannelUnreadable,
    ContentSizeUnknown,
    DailyLimitOf,
    DailyLimitReached,
    DiskFull,
    FileBeyondUploadLimit,
    FileTooLarge,
    FormOutdated,
    FormPictureForgotten,
    Full,
    HistoryHidden,
    MessageNotDeleted,
    MessageUnreadable,
    MissingPermissions,
    NoPictureChosen,
    NoPictureThere,
    NoPictureVisible,
    NoRecentPicture,
    NoShowcase,
    NoStrokes,
    NotADailyLimit,
    NotAManager,
    NotAModerator,
    NotAPictureLink,
    NotASeed,
    NothingEdited,
    NotInHistory,
    NotYourChoice,
    NotYours,
    PaintingFilesGone,
    PaintingForgotten,
    PausedUntilRestart,
    PhotoStaysAsItIs,
    PictureOptions,
    QueueFull,
    Refusal,
    RoleNotAllowed,
    ServerBusy,
    SharedBefore,
    SharedElsewhere,
    ShowcaseClosed,
    ShowcaseNotForAdults,
    ShuttingDown,
    SizeBeyondMemory,
    SizeNotAllowed,
    SizeTooLarge,
    SizeTooSmall,
    TooLateToCancel,
    TooManyFavorites,
    TooManyJobs,
    TooManyPicturesChosen,
    Unreadable,
    VariationsByOwnerOnly,
    VectorSticker,
    WrongFileType,
)
from bot.errors.results import (
    BallotsChanged,
    BallotsUnreadable,
    ChallengeNotEnded,
    ExportTooLarge,
    ExportUnreadable,
    NoEndedChallenge,
    NoResults,
    NotASeason,
    NotTiedForFirst,
    RecountError,
    RoleNotGiven,
    RoleProblem,
    TieDecided,
)
from bot.errors.start import (
    AlreadyRunning,
    CannotListen,
    DatabaseDamaged,
    DatabaseDriverMissing,
    DatabaseInUse,
    DatabaseLocked,
    DatabaseNotWritable,
    DatabaseTooNew,
    DatabaseUnusable,
    DatabaseUrlInvalid,
    DataDirUnusable,
    DiscordUnreachable,
    StartError,
    TokenMalformed,
    TokenMissing,
    TokenRefused,
    WorkerUserUnusable,
)
from bot.errors.styles import (
    AboutStyle,
    NoGalleryHere,
    NotABlend,
    StyleBuiltIn,
    StyleExists,
    StyleLimitOf,
    StyleNameLength,
    StyleNameTaken,
    StyleNotFound,
    StyleNotYours,
    TooManyBoardStyles,
    TooManyStyles,
    WrongNumberOfWeights,
)
from bot.errors.voting import (
    AccountTooYoung,
    BotsCannotVote,
    JoinedTooLate,
    VoterRoleMissing,
    VotingClosed,
    VotingNotOpenYet,
)

__all__ = [
    "NETWORK_ERRORS",
    "AboutChallenge",
    "AboutGalleryEntry",
    "AboutPicture",
    "AboutStyle",
    "AccountTooYoung",
    "AlreadyAsked",
    "AlreadyChosen",
    "AlreadyDecided",
    "AlreadyDeleted",
    "AlreadyEntered",
    "AlreadyFinished",
    "AlreadyRunning",
    "AtelierError",
    "AttachmentGone",
    "BallotsChanged",
    "BallotsUnreadable",
    "BannedFromChallenge",
    "BotsCannotVote",
    "ButtonOutdated",
    "CannotListen",
    "ChallengeChanged",
    "ChallengeNotEnded",
    "ChallengeNotFound",
    "ChallengeNotOpenYet",
    "ChallengeOver",
    "ChallengePhase",
    "ChallengeTextMissing",
    "ChallengeTimePassed",
    "ChallengeTimeTooFar",
    "ChallengeTimesOutOfOrder",
    "ChallengeTooShort",
    "ChallengeUnknown",
    "ChannelNeedsPermissions",
    "ChannelNotAllowed",
    "ChannelNotYours",
    "ChannelUnreadable",
    "ContentSizeUnknown",
    "DailyLimitOf",
    "DailyLimitReached",
    "DataDirUnusable",
    "DatabaseAway",
    "DatabaseDamaged",
    "DatabaseDriverMissing",
    "DatabaseInUse",
    "DatabaseLocked",
    "DatabaseNotWritable",
    "DatabaseTaken",
    "DatabaseTooNew",
    "DatabaseUnusable",
    "DatabaseUrlInvalid",
    "DatabaseUsedMeanwhile",
    "DiscordUnreachable",
    "DiskFull",
    "DownloadError",
    "DownloadFailed",
    "DraftGone",
    "DraftTextGone",
    "EntriesClosed",
    "EntriesNotOpen",
    "EntryChosenTwice",
    "EntryGone",
    "EntryIsAnonymous",
    "EntryPictureUnneeded",
    "EntryRejected",
    "ExportTooLarge",
    "ExportUnreadable",
    "FileBeyondUploadLimit",
    "FileTooLarge",
    "ForeignHost",
    "FormOutdated",
    "FormPictureForgotten",
    "Full",
    "GalleryEntryNotTable",
    "GalleryFieldInvalid",
    "GalleryFieldMissing",
    "GalleryFieldUnknown",
    "GalleryFileMissing",
    "GalleryFileTooLarge",
    "GalleryFileUnreadable",
    "GalleryFolderMissing",
    "GalleryPictureUnusable",
    "GalleryStyleIdInvalid",
    "GalleryTableInvalid",
    "GalleryTableMissing",
    "GalleryTableNotText",
    "GalleryTableUnreadable",
    "GalleryUnusable",
    "HistoryHidden",
    "IsAnEntry",
    "JoinedTooLate",
    "MessageGone",
    "MessageNotDeleted",
    "MessageUnreadable",
    "MissingPermissions",
    "NoEndedChallenge",
    "NoGalleryHere",
    "NoOpenChallenge",
    "NoPictureChosen",
    "NoPictureThere",
    "NoPictureVisible",
    "NoPlaceLeft",
    "NoRecentPicture",
    "NoResults",
    "NoReviewedChallenge",
    "NoRunningChallenge",
    "NoShowcase",
    "NoStrokes",
    "NoThemes",
    "NoUpload",
    "NotABlend",
    "NotADailyLimit",
    "NotAManager",
    "NotAModerator",
    "NotAPictureLink",
    "NotAPlaceForChallenges",
    "NotASeason",
    "NotASeed",
    "NotATime",
    "NotATimeZone",
    "NotAnEntryModerator",
    "NotAnOrganizer",
    "NotInHistory",
    "NotLater",
    "NotOnItsServer",
    "NotPosted",
    "NotTiedForFirst",
    "NotYourChoice",
    "NotYours",
    "NothingEdited",
    "NothingToEnter",
    "OneStyleNeeded",
    "PaintingFilesGone",
    "PaintingForgotten",
    "PaintingGivenUp",
    "PaintingUnfit",
    "PaintingUnreadable",
    "PausedUntilRestart",
    "PhotoStaysAsItIs",
    "PictureOptions",
    "PlaceLost",
    "PlaceProblem",
    "QueueFull",
    "RecountError",
    "Refusal",
    "RejectReasonMissing",
    "RoleForVoters",
    "RoleForWinners",
    "RoleNotAllowed",
    "RoleNotGiven",
    "RoleProblem",
    "SeriesMovedOn",
    "SeriesStopped",
    "ServerBusy",
    "SeveralChallenges",
    "SharedBefore",
    "SharedElsewhere",
    "ShowcaseClosed",
    "ShowcaseNotForAdults",
    "ShuttingDown",
    "SizeBeyondMemory",
    "SizeNotAllowed",
    "SizeTooLarge",
    "SizeTooSmall",
    "StartError",
    "StyleBuiltIn",
    "StyleExists",
    "StyleLimitOf",
    "StyleNameLength",
    "StyleNameTaken",
    "StyleNotFound",
    "StyleNotYours",
    "Superseded",
    "ThemeTooLong",
    "TieDecided",
    "TimePassed",
    "TimeSkipped",
    "TokenMalformed",
    "TokenMissing",
    "TokenRefused",
    "TooLateToBan",
    "TooLateToCancel",
    "TooLateToWithdraw",
    "TooManyBoardStyles",
    "TooManyFavorites",
    "TooManyJobs",
    "TooManyPicturesChosen",
    "TooManySeries",
    "TooManyStyles",
    "TooManyThemes",
    "Undeliverable",
    "Unreadable",
    "VariationsByOwnerOnly",
    "VectorSticker",
    "VoterRoleMissing",
    "VotesBeingCounted",
    "VotingClosed",
    "VotingNotOpenYet",
    "VotingOver",
    "WorkerUserUnusable",
    "WrongFileType",
    "WrongNumberOfWeights",
    "WrongWeekday",
]
