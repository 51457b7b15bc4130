// The checkpoint of a deployment's thread. No value of a variable is in it: the call handlers open
// secrets, and read the rest from the commit again.
#pragma once

#include "contracts/entities/entities.h"
#include "contracts/messages/deploy.h"
#include "control/graphs/kit/parts.h"

namespace control::graphs {

struct DeployState : TaskPart, PatiencePart {
    std::string action;  // "start", "stop", "logs"
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
    std::int64_t moved = 0;  // how often another port had to be taken
    std::string fault;       // what is wrong with the project
    std::string fault_log;   // masked
};
void visit_fields(DeployState& state, contracts::FieldList& fields);

}  // namespace control::graphs
