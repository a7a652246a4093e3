//! How a section of the settings is declared. Whoever uses it has `lenient`, `JsonSchema` and serde's traits in scope.

/// Declares a section: its settings with their readers, and the merge of two layers of it.
macro_rules! section {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty = $read:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$doc])*
            #[serde(default, deserialize_with = $read, skip_serializing_if = "Option::is_none")]
            pub $field: Option<$type>,)*
        }

        impl $name {
            /// These settings, and those of `below` where one is missing here.
            #[must_use]
            pub fn over(self, below: Self) -> Self {
                Self { $($field: self.$field.or(below.$field),)* }
            }
        }
    };
}

pub(crate) use section;
