//! What a task is given before it is spawned.
//!
//! Leaves out: the spawning itself, which needs a runtime: `context.rs` adds it.

/// Names a task before it is spawned.
///
/// ```
/// # tourbillon::block_on(async {
/// let task = tourbillon::task::Builder::new().name("answer").spawn(async { 42 });
/// assert_eq!(task.name(), Some("answer"));
/// # assert_eq!(task.await.unwrap(), 42);
/// # });
/// ```
#[derive(Debug, Default)]
pub struct Builder {
    pub(crate) name: Option<Box<str>>,
}

impl Builder {
    /// A task without a name.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Gives the task a name; names need not be unique.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Builder {
        self.name = Some(name.into().into_boxed_str());
        self
    }
}
