// The checkpoint of a deployment's thread. No value of a variable is in it: the call handlers open
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
    std::string project_status;  // before the task: where it goes back to when this ends badly
    std::string repository;
    std::string commit;  // the newest that passed its tests; empty: there is none
    std::string server_id;
    std::string server_ip;
    std::int64_t port = 0;
    std::string health;
    std::string url;
    std::vector<std::string> missing;  // names of values that the user must give
    std::optional<contracts::Timestamp> asked_at;
    bool reminded = false;
    std::int64_t look_s = 0;
    std::string no_room;  // why no server takes it now
    std::optional<contracts::Timestamp> room_asked_at;
    std::int64_t room_look_s = 0;
    std::int64_t moved = 0;  // how often another port had to be taken
    // Of a deployment by a workflow of the project's own.
    std::string way;              // "workflow"; empty: it is not one
    std::string previous_commit;  // that ran before; empty: none did
    bool is_going_back = false;   // to that one, because this one failed
    std::int64_t starts = 0;      // of runs; tells one from another
    std::int64_t run = 0;         // 0: not known yet
    std::string tag;
    std::string run_status;                     // as it was last told
    std::optional<contracts::Timestamp> since;  // what is waited for just now
    std::int64_t run_look_s = 0;
    std::string after_pause;    // the node that looks again
    bool is_cancelled = false;  // the task was, by a person
    std::string fingerprint;    // of the failure that is being repaired
    std::int64_t fixes = 0;     // of that failure
    std::int64_t all_fixes = 0;
    std::string fix_task;
    // Of the agent that tries what is live.
    std::string criteria;  // what was asked for; empty: nobody tries it
    std::string verdict;   // in its words
    // Of a project's removal.
    bool was_deployed = false;
    std::vector<std::string> left;  // what its deployment leaves behind
    std::string fault;              // what is wrong with the project
    std::string fault_log;          // masked
};
void visit_fields(DeployState& state, contracts::FieldList& fields);

}  // namespace control::graphs
