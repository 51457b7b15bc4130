// The checkpoint of an engineering thread.
#pragma once

#include "contracts/entities/entities.h"
#include "contracts/messages/engineering.h"
#include "control/graphs/engineering/plan_part.h"
#include "control/graphs/kit/parts.h"

namespace control::graphs {

struct EngineeringState : TaskPart, TurnPart, PatiencePart, PlanPart {
    std::string spec;
    // The project is a draft, and is first created from the template.
    bool scaffold = false;
    std::string project_name;
    std::string project_description;
    std::vector<std::string> modules;
    std::string repository;
    std::string branch;
    std::string location;  // the repository's address for people; until `prepare`, the project's
    std::string project_status;  // before the task; restored if the task is cancelled

    std::int64_t rounds_done = 0;  // rounds of developer and tester
    std::int64_t last_round = 0;   // after this one a person is asked

    std::int64_t looks = 0;  // at slow things: checks, a limit of requests

    std::string feedback;    // for the developer's next round
    std::string fault;       // why the commit is unusable
    std::string reported;    // the commit that the developer's worker named; may be shortened
    std::string push_error;  // why that worker could not push it
    std::string kept_ref;    // where that worker put it instead
    std::string commit;
    std::string tested_commit;
    std::vector<std::string> files;
    std::string test_command;
    std::vector<std::string> packages;  // those in .project.yml
    std::vector<std::string> services;  // those in .project.yml
    std::string summary;
    bool merged = false;
};
void visit_fields(EngineeringState& state, contracts::FieldList& fields);

// The state in which a thread begins. The repository is named after the project and its id.
[[nodiscard]] EngineeringState begin_engineering(const contracts::EngineeringMessage& message,
                                                 const contracts::Task& task,
                                                 const contracts::Project& project);

}  // namespace control::graphs
