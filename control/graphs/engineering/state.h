// The checkpoint of an engineering thread.
#pragma once

#include "contracts/entities/entities.h"
#include "contracts/messages/engineering.h"
#include "control/graphs/engineering/plan_part.h"
#include "control/graphs/kit/parts.h"

namespace control::graphs {

struct EngineeringState : TaskPart, TurnPart, PatiencePart, PlanPart {
    std::string spec;
    // Of a draft project: made from the template first.
    bool scaffold = false;
    std::string project_name;
    std::string project_description;
    std::vector<std::string> modules;
    std::string repository;
    std::string branch;
    std::string location;  // of the repository, for people; before `prepare` as the project has it
    std::string project_status;  // before the task: where the project goes back to on a cancel

    std::int64_t rounds_done = 0;  // of developer and tester
    std::int64_t last_round = 0;   // after which a person is asked

    std::int64_t looks = 0;  // at what takes its time: checks, a limit of requests

    std::string feedback;    // for the developer's next round
    std::string fault;       // of a commit that nobody can use
    std::string reported;    // the commit that the developer's worker spoke of; it may be shortened
    std::string push_error;  // why that worker could not push it
    std::string kept_ref;    // where that worker put it instead
    std::string commit;
    std::string tested_commit;
    std::vector<std::string> files;
    std::string test_command;
    std::vector<std::string> packages;  // that .project.yml asks for
    std::vector<std::string> services;  // the same
    std::string summary;
    bool merged = false;
};
void visit_fields(EngineeringState& state, contracts::FieldList& fields);

// What a thread begins with. The repository is named after the project and its id.
[[nodiscard]] EngineeringState begin_engineering(const contracts::EngineeringMessage& message,
                                                 const contracts::Task& task,
                                                 const contracts::Project& project);

}  // namespace control::graphs
