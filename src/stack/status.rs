//! CloudFormation's statuses, as values. What they mean for us is decided here and nowhere else, by exhaustive
//! matches: no `ends_with("_FAILED")`.

use serde::{Deserialize, Serialize};

/// What a status means to somebody who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// On its way to what was asked for.
    Progress,
    /// What was asked for.
    Good,
    /// Failed, or undoing what failed.
    Bad,
}

macro_rules! statuses {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident $word:literal $outlook:ident $settled:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A status that this version does not know: nothing is assumed of it.
            Unknown(String),
        }

        impl $name {
            /// Reads AWS's word.
            pub fn parse(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    other => Self::Unknown(other.to_owned()),
                }
            }

            /// AWS's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown(word) => word,
                }
            }

            /// Whether nothing more happens by itself.
            pub fn is_settled(&self) -> bool {
                match self {
                    $(Self::$variant => $settled,)+
                    Self::Unknown(_) => false,
                }
            }

            pub fn outlook(&self) -> Outlook {
                match self {
                    $(Self::$variant => Outlook::$outlook,)+
                    Self::Unknown(_) => Outlook::Progress,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }
    };
}

statuses! {
    /// The status of a stack.
    StackStatus {
        CreateInProgress "CREATE_IN_PROGRESS" Progress false,
        CreateComplete "CREATE_COMPLETE" Good true,
        CreateFailed "CREATE_FAILED" Bad true,
        RollbackInProgress "ROLLBACK_IN_PROGRESS" Bad false,
        /// The first creation failed and was undone: an empty shell that can only be deleted.
        RollbackComplete "ROLLBACK_COMPLETE" Bad true,
        RollbackFailed "ROLLBACK_FAILED" Bad true,
        /// A change set was made for a stack that does not exist: an empty shell that can only be deleted.
        ReviewInProgress "REVIEW_IN_PROGRESS" Bad true,
        UpdateInProgress "UPDATE_IN_PROGRESS" Progress false,
        UpdateCleanup "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" Progress false,
        UpdateComplete "UPDATE_COMPLETE" Good true,
        UpdateFailed "UPDATE_FAILED" Bad true,
        UpdateRollbackInProgress "UPDATE_ROLLBACK_IN_PROGRESS" Bad false,
        UpdateRollbackCleanup "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" Bad false,
        /// An update failed and was undone: what was there before is there.
        UpdateRollbackComplete "UPDATE_ROLLBACK_COMPLETE" Bad true,
        UpdateRollbackFailed "UPDATE_ROLLBACK_FAILED" Bad true,
        DeleteInProgress "DELETE_IN_PROGRESS" Progress false,
        DeleteComplete "DELETE_COMPLETE" Good true,
        DeleteFailed "DELETE_FAILED" Bad true,
        ImportInProgress "IMPORT_IN_PROGRESS" Progress false,
        ImportComplete "IMPORT_COMPLETE" Good true,
        ImportRollbackInProgress "IMPORT_ROLLBACK_IN_PROGRESS" Bad false,
        ImportRollbackComplete "IMPORT_ROLLBACK_COMPLETE" Bad true,
        ImportRollbackFailed "IMPORT_ROLLBACK_FAILED" Bad true,
    }
}

statuses! {
    /// The status of a resource in a stack.
    ResourceStatus {
        CreateInProgress "CREATE_IN_PROGRESS" Progress false,
        CreateComplete "CREATE_COMPLETE" Good true,
        CreateFailed "CREATE_FAILED" Bad true,
        UpdateInProgress "UPDATE_IN_PROGRESS" Progress false,
        UpdateComplete "UPDATE_COMPLETE" Good true,
        UpdateFailed "UPDATE_FAILED" Bad true,
        DeleteInProgress "DELETE_IN_PROGRESS" Progress false,
        DeleteComplete "DELETE_COMPLETE" Good true,
        DeleteFailed "DELETE_FAILED" Bad true,
        DeleteSkipped "DELETE_SKIPPED" Good true,
        RollbackInProgress "ROLLBACK_IN_PROGRESS" Bad false,
        RollbackComplete "ROLLBACK_COMPLETE" Good true,
        RollbackFailed "ROLLBACK_FAILED" Bad true,
        UpdateCleanup "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" Progress false,
        UpdateRollbackInProgress "UPDATE_ROLLBACK_IN_PROGRESS" Bad false,
        UpdateRollbackCleanup "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" Bad false,
        UpdateRollbackComplete "UPDATE_ROLLBACK_COMPLETE" Bad true,
        UpdateRollbackFailed "UPDATE_ROLLBACK_FAILED" Bad true,
        ReviewInProgress "REVIEW_IN_PROGRESS" Progress false,
    }
}

/// What can be done with a stack in a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// It can be updated.
    Firm,
    /// An operation runs: wait for it, then look again.
    Moving,
    /// It can only be deleted, and has nothing in it worth keeping.
    Shell,
    /// Deleting it failed: deleting again, with help, is all that can be done.
    Stuck,
    /// An update's undoing failed: it has to be continued by hand.
    Broken,
}

impl StackStatus {
    pub fn footing(&self) -> Footing {
        match self {
            Self::CreateComplete
            | Self::UpdateComplete
            | Self::UpdateRollbackComplete
            | Self::ImportComplete
            | Self::ImportRollbackComplete => Footing::Firm,
            Self::CreateInProgress
            | Self::RollbackInProgress
            | Self::UpdateInProgress
            | Self::UpdateCleanup
            | Self::UpdateRollbackInProgress
            | Self::UpdateRollbackCleanup
            | Self::DeleteInProgress
            | Self::ImportInProgress
            | Self::ImportRollbackInProgress
            | Self::Unknown(_) => Footing::Moving,
            Self::ReviewInProgress
            | Self::RollbackComplete
            | Self::CreateFailed
            | Self::RollbackFailed
            | Self::DeleteComplete => Footing::Shell,
            Self::DeleteFailed => Footing::Stuck,
            Self::UpdateFailed | Self::UpdateRollbackFailed | Self::ImportRollbackFailed => Footing::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_status_reads_back_and_an_unknown_one_is_never_settled() {
        for word in ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "DELETE_FAILED"] {
            assert_eq!(StackStatus::parse(word).as_str(), word);
        }
        let new = StackStatus::parse("SOMETHING_NEW");
        assert!(!new.is_settled());
        assert_eq!((new.outlook(), new.footing()), (Outlook::Progress, Footing::Moving));
    }

    #[test]
    fn what_can_only_be_deleted_is_told_from_what_can_be_updated() {
        assert_eq!(StackStatus::RollbackComplete.footing(), Footing::Shell);
        assert_eq!(StackStatus::ReviewInProgress.footing(), Footing::Shell);
        assert_eq!(StackStatus::UpdateRollbackComplete.footing(), Footing::Firm);
        assert_eq!(StackStatus::DeleteFailed.footing(), Footing::Stuck);
        assert!(StackStatus::UpdateRollbackComplete.is_settled());
    }
}
