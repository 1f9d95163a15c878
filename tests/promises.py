"""What the product promises about safety. Every promise is kept by a test that names it."""

PROMISES = {
    # the gate and the person
    "gate/no-change-without-permit": "No file of the workspace changes without a permit, and only the gate issues permits.",
    "gate/no-change-without-approval": "A change that needs a person is not deployed before a person has approved it.",
    "gate/agent-cannot-approve": "Nothing that an agent can reach by MCP gives an approval.",
    "gate/rollback-is-never-denied": "No limit, tier or stop keeps a rollback from being made.",
    "gate/limits-hold": "No sequence of calls, by any number of processes, deploys more often than the limits allow.",
    "approve/single-use": "An approval lets one deployment through, once.",
    "approve/bound-to-the-change": "An approval is for the bytes and the report that the person saw, and for nothing else.",
    "policy/workspace-only-stricter": "A workspace can make the policy stricter, never laxer.",
    "settings/state-outside-the-workspace": "What the loop keeps lies outside the workspace, where no change of its own can reach.",
    "cli/approve-asks-in-a-terminal": "Approving asks in a terminal, unless a person says in advance that it should not.",
    "cli/approve-needs-a-person": "Approving refuses where an agent's environment is seen.",
    "cli/deploy-passes-the-gate": "Deploying from the command line passes the same gate.",
    # deploying and taking back
    "deploy/tested-bytes-are-deployed-bytes": "What was tested is what is deployed, byte for byte.",
    "deploy/all-old-or-all-new": "After a crash at any point, files and records are all old or all new.",
    "deploy/outside-edits-are-kept": "An edit that somebody makes meanwhile is never lost.",
    "deploy/old-bytes-can-be-had-back": "What a deployment replaces can be had back, byte for byte.",
    "propose/touches-nothing": "Proposing a change runs nothing and touches no file.",
    "monitor/takes-back-by-itself": "A change that does worse on live calls is taken back without anybody asking.",
    "monitor/false-alarms-bounded": "A deployment that is no worse is taken back with a probability of at most alpha, however often the monitor looks.",
    # evidence
    "record/no-secrets-kept": "A secret that is known by value, by format or by the name it stands under is replaced before an execution is kept.",
    "detect/one-of-one-is-no-finding": "One failed call alone is never a finding.",
    "store/all-or-nothing": "A transaction that raises, is cancelled at any step, or dies with its process leaves nothing of itself behind.",
    "audit/tampering-shows": "An audit entry that was changed, removed, moved, added or cut off at the end is found by verifying the chain; a chain rewritten as a whole has another head.",
    # verdicts and repairs
    "verdict/could-not-tell-is-not-passed": "A check that saw too little is inconclusive, and nothing passes on which something wanted is not had.",
    "verdict/swallowing-errors-does-not-pass": "A change that newly catches every error and drops it is blocked, whatever its test shows.",
    "verdict/recorded-inputs-are-not-recognised": "A change that knows the recorded inputs again instead of mending the fault does not pass.",
    "verdict/cheats-do-not-pass": "A change that returns a constant, hangs, leaves the process or breaks what worked does not pass a test in the sandbox.",
    "repair/one-function-only": "A generated candidate differs from the source only inside the function, or another function of the file that holds a suspect line.",
    "repair/never-swallows": "No recipe adds an exception handler or an import.",
    # the sandbox
    "sandbox/no-network": "No socket of any kind, to anybody, can be opened or pointed anywhere from inside the sandbox.",
    "sandbox/no-writes": "Code in the sandbox cannot write, change, rename or remove anything outside a scratch folder of its own.",
    "sandbox/no-environment": "Code in the sandbox sees nothing of the server's environment.",
    "sandbox/fail-closed": "Where a layer is missing, or only pretends to be there, nothing is run.",
    "sandbox/nothing-survives": "No process and no file outlives a sandbox. After a killed server no process survives, and the next server removes its files.",
    # answers
    "answers/quote-no-fault": "A fault of the server shows none of its text to the model.",
    "mcp/no-tool-approves": "No tool, resource or prompt of the MCP server approves anything.",
    "mcp/read-only-cannot-change": "A read-only server has no tool that changes a file, a record or a state of the loop.",
    "mcp/unknown-arguments-are-refused": "A misspelt argument is refused by name, never silently dropped.",
    "http/no-token-no-network": "Without a token the server listens on this machine only.",
    "cli/recorded-texts-are-written-out": "A recorded text cannot move the cursor, colour the screen, or pass for our own words.",
}
