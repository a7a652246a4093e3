//! The machine of a remote run, as the batch stack has it: parameters of its template, and one output. Pure.

use super::plan::declares;
use super::state::StackState;
use crate::config::stack::defaults;
use crate::config::stack::settings::Architecture;

/// The condition under which the machine, and what it alone needs, is there.
pub const CONDITION: &str = "HasRunner";
/// Its name in the template.
pub const LOGICAL_ID: &str = "Runner";
/// The output that has its instance.
pub const OUTPUT: &str = "RunnerInstanceId";
/// The folder of programs in the bucket: this machine's, and the endpoint's hosts'.
pub const PROGRAMS: &str = "runner";

const RUN: &str = "RunnerRun";
const PROGRAM: &str = "RunnerKey";
const ATTEMPT: &str = "RunnerAttempt";
const TYPE: &str = "RunnerType";
const IMAGE: &str = "RunnerImage";

/// A machine for one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    pub run_id: String,
    /// Key of the program in the stack's bucket.
    pub program: String,
    /// Another number makes another machine.
    pub attempt: u32,
    pub instance_type: String,
    /// `ami-…`
    pub image: String,
}

impl Runner {
    /// The machine that the stack was last given, whether it still works or not.
    pub fn of(stack: &StackState) -> Option<Self> {
        let value = |name: &str| stack.parameters.get(name).cloned().unwrap_or_default();
        let run_id = value(RUN);
        (!run_id.is_empty()).then(|| Self {
            run_id,
            program: value(PROGRAM),
            attempt: attempt(stack),
            instance_type: value(TYPE),
            image: value(IMAGE),
        })
    }

    pub fn parameters(&self) -> [(String, String); 5] {
        [
            (RUN, self.run_id.clone()),
            (PROGRAM, self.program.clone()),
            (ATTEMPT, self.attempt.to_string()),
            (TYPE, self.instance_type.clone()),
            (IMAGE, self.image.clone()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    }
}

/// The number of the last machine; 0: there was none.
pub fn attempt(stack: &StackState) -> u32 {
    stack.parameters.get(ATTEMPT).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Whether a stack of this template can have such a machine.
pub fn is_possible(template: &str) -> bool {
    declares(template, RUN)
}

/// Whether an instance in this state of EC2's works, or will.
pub fn is_alive(state: &str) -> bool {
    matches!(state, "pending" | "running")
}

/// The instance type for a program, where the settings name none.
pub fn default_type(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Arm64 => defaults::RUNNER_TYPE_ARM64,
        Architecture::X86_64 => defaults::RUNNER_TYPE,
    }
}

/// The parameter of SSM by which Amazon names the newest image.
pub fn image_parameter(architecture: Architecture) -> String {
    format!("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::status::StackStatus;

    #[test]
    fn a_machine_is_read_back_from_what_the_stack_was_given() {
        let runner = Runner {
            run_id: "r".to_owned(),
            program: "runner/ab".to_owned(),
            attempt: 3,
            instance_type: "t3.medium".to_owned(),
            image: "ami-1".to_owned(),
        };
        let mut stack = StackState {
            name: "s-batch".to_owned(),
            id: String::new(),
            status: StackStatus::CreateComplete,
            reason: None,
            created: None,
            tags: Default::default(),
            parameters: Default::default(),
            outputs: Default::default(),
        };
        assert_eq!((Runner::of(&stack), attempt(&stack)), (None, 0));
        stack.parameters = runner.parameters().into();
        assert_eq!((Runner::of(&stack), attempt(&stack)), (Some(runner), 3));
        stack.parameters.insert(RUN.to_owned(), String::new());
        assert_eq!(Runner::of(&stack), None);
    }
}
