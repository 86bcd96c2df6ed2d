//! The words of a document that stand for one of a few things. Each word stands here alone, and a test compares the
//! constraints' with those of TypeScript.

/// An enum of words, with the way from and to them.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($variant,)+
        }

        impl $name {
            /// Returns what `word` stands for; `None` for any other word.
            pub fn parse(word: &str) -> Option<$name> {
                match word {
                    $($word => Some($name::$variant),)+
                    _ => None,
                }
            }

            /// Returns the word.
            #[allow(dead_code, reason = "states keep the words of constraints as they were written")]
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }
        }
    };
}

words! {
    /// What a flag is.
    FlagType {
        Variant = "VARIANT_FLAG_TYPE",
        Boolean = "BOOLEAN_FLAG_TYPE",
    }
}

words! {
    /// How the segments of a rule or rollout combine.
    SegmentOperator {
        Or = "OR_SEGMENT_OPERATOR",
        And = "AND_SEGMENT_OPERATOR",
    }
}

words! {
    /// How the constraints of a segment combine.
    MatchType {
        All = "ALL_SEGMENT_MATCH_TYPE",
        Any = "ANY_SEGMENT_MATCH_TYPE",
    }
}

words! {
    /// What the value of a constraint is taken for.
    ConstraintType {
        String = "STRING_CONSTRAINT_COMPARISON_TYPE",
        Number = "NUMBER_CONSTRAINT_COMPARISON_TYPE",
        Boolean = "BOOLEAN_CONSTRAINT_COMPARISON_TYPE",
        DateTime = "DATETIME_CONSTRAINT_COMPARISON_TYPE",
        EntityId = "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE",
    }
}

words! {
    /// The operators of strings and entity ids.
    StringOperator {
        Empty = "empty",
        NotEmpty = "notempty",
        Equal = "eq",
        NotEqual = "neq",
        Prefix = "prefix",
        Suffix = "suffix",
        Contains = "contains",
        NotContains = "notcontains",
        OneOf = "isoneof",
        NotOneOf = "isnotoneof",
    }
}

words! {
    /// The operators of numbers.
    NumberOperator {
        Present = "present",
        NotPresent = "notpresent",
        Equal = "eq",
        NotEqual = "neq",
        Less = "lt",
        LessOrEqual = "lte",
        Greater = "gt",
        GreaterOrEqual = "gte",
        OneOf = "isoneof",
        NotOneOf = "isnotoneof",
    }
}

words! {
    /// The operators of booleans.
    BooleanOperator {
        Present = "present",
        NotPresent = "notpresent",
        True = "true",
        False = "false",
    }
}

words! {
    /// The operators of times.
    DateTimeOperator {
        Present = "present",
        NotPresent = "notpresent",
        Equal = "eq",
        NotEqual = "neq",
        Less = "lt",
        LessOrEqual = "lte",
        Greater = "gt",
        GreaterOrEqual = "gte",
    }
}
