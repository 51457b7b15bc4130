// The checkpoint of a deployment's thread. It contains no variable's value: the call handlers open
// secrets, and read the rest from the commit again.
#pragma once

#include "contracts/entities/entities.h"
#include "contracts/messages/deploy.h"
#include "control/graphs/kit/parts.h"

namespace control::graphs {

// The fingerprint of what the tester of a deployment found.
inline constexpr std::string_view kQaFingerprint = "qa";

struct DeployState : TaskPart, TurnPart, PatiencePart {
    std::string action;  // "start", "stop", "logs", or a removal's spec
    std::string project_name;
    std::string project_status;  // before the task; restored if the task ends badly
    std::string repository;
    std::string commit;  // the newest commit that passed its tests; empty: none
    std::string server_id;
    std::string server_ip;
    std::int64_t port = 0;
    std::string health;
    std::string url;
    std::vector<std::string> missing;  // names of values that the user must give
    std::optional<contracts::Timestamp> asked_at;
    bool reminded = false;
    std::int64_t look_s = 0;
    std::string no_room;  // why no server can take it now
    std::optional<contracts::Timestamp> room_asked_at;
    std::int64_t room_look_s = 0;
    std::int64_t moved = 0;  // how often it had to take another port
    // For a deployment by the project's own workflow.
    std::string way;              // "workflow"; empty: the deployer deploys it
    std::string previous_commit;  // the commit that was live before; empty: none was
    bool is_going_back = false;   // to previous_commit, because this one failed
    std::int64_t starts = 0;      // runs started; distinguishes their markers
    std::int64_t run = 0;         // 0: not known yet
    std::string tag;
    std::string run_status;                     // as last reported
    std::optional<contracts::Timestamp> since;  // when the current wait began
    std::int64_t run_look_s = 0;
    std::string after_pause;    // the node to enter after `pause`
    bool is_cancelled = false;  // a person has cancelled the task
    std::string fingerprint;    // of the failure that is being repaired
    std::int64_t fixes = 0;     // repairs of that failure
    std::int64_t all_fixes = 0;
    std::string fix_task;
    // For the agent that tries the live project.
    std::string criteria;  // what users asked for; empty: no agent tries it
    std::string verdict;   // in the agent's words
    // For a project's removal.
    bool was_deployed = false;
    std::vector<std::string> left;  // what stays after its removal
    std::string fault;              // what is wrong with the project
    std::string fault_log;          // masked
};
void visit_fields(DeployState& state, contracts::FieldList& fields);

}  // namespace control::graphs
