//! What went wrong in a group: [`GroupError`], and [`ErrorTree`] for groups in groups.
//!
//! Always: there is at least one error; the members' stand in the order of completion, the body's
//! is the last.
//!
//! Leaves out: where an error came from, which is the error's own business.

use std::fmt;

/// What went wrong in a group: at least one error. asyncio: `ExceptionGroup`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupError<E> {
    /// The members' in order of completion, then the body's. Never empty.
    errors: Vec<E>,
}

impl<E> GroupError<E> {
    pub(super) fn new(errors: Vec<E>) -> GroupError<E> {
        debug_assert!(!errors.is_empty(), "a group fails by at least one error");
        GroupError { errors }
    }

    /// The first of [`GroupError::errors`].
    pub fn first(&self) -> &E {
        &self.errors[0]
    }

    /// All errors: the members' in order of completion, then the body's.
    pub fn errors(&self) -> &[E] {
        &self.errors
    }

    /// As [`GroupError::errors`].
    pub fn into_errors(self) -> Vec<E> {
        self.errors
    }
}

impl<E> GroupError<GroupError<E>> {
    /// The errors of all inner groups, one after the other.
    pub fn flatten(self) -> GroupError<E> {
        let errors = self.errors.into_iter().flat_map(GroupError::into_errors);
        GroupError::new(errors.collect())
    }
}

impl<E> GroupError<ErrorTree<E>> {
    /// The leaves of the tree, from left to right.
    ///
    /// Recursive, as deep as the groups are nested.
    pub fn flatten(self) -> GroupError<E> {
        let leaves = self.errors.into_iter().flat_map(ErrorTree::into_leaves);
        GroupError::new(leaves.collect())
    }
}

/// An error of a group that has groups inside: an error of its own, or an inner group's. `?` makes
/// it from either.
///
/// ```
/// use tourbillon::{ErrorTree, GroupError, try_task_group};
///
/// # tourbillon::block_on(async {
/// let outer: Result<(), GroupError<ErrorTree<&str>>> = try_task_group(async |outer| {
///     outer.spawn(async {
///         let inner: Result<(), GroupError<ErrorTree<&str>>> =
///             try_task_group(async |inner| {
///                 inner.spawn(async { Err::<(), _>("inner".into()) });
///                 Ok(())
///             })
///             .await;
///         Ok(inner?)
///     });
///     outer.spawn(async { Err::<(), _>("outer")? ; Ok(()) });
///     Ok(())
/// })
/// .await;
/// let mut leaves = outer.unwrap_err().flatten().into_errors();
/// leaves.sort();
/// assert_eq!(leaves, ["inner", "outer"]);
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorTree<E> {
    /// An error of a member or of the body.
    Leaf(E),
    /// What went wrong in an inner group.
    Group(GroupError<ErrorTree<E>>),
}

impl<E> ErrorTree<E> {
    fn into_leaves(self) -> Vec<E> {
        match self {
            ErrorTree::Leaf(error) => vec![error],
            ErrorTree::Group(group) => group.flatten().into_errors(),
        }
    }
}

impl<E> From<E> for ErrorTree<E> {
    fn from(error: E) -> Self {
        ErrorTree::Leaf(error)
    }
}

impl<E> From<GroupError<ErrorTree<E>>> for ErrorTree<E> {
    fn from(group: GroupError<ErrorTree<E>>) -> Self {
        ErrorTree::Group(group)
    }
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first().fmt(f)?;
        match self.errors.len() - 1 {
            0 => Ok(()),
            others => write!(f, " (and {others} more)"),
        }
    }
}

impl<E: fmt::Display> fmt::Display for ErrorTree<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorTree::Leaf(error) => error.fmt(f),
            ErrorTree::Group(group) => group.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for GroupError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The first error itself is what this one shows.
        self.first().source()
    }
}

impl<E: std::error::Error + 'static> std::error::Error for ErrorTree<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ErrorTree::Leaf(error) => error.source(),
            ErrorTree::Group(group) => group.source(),
        }
    }
}
