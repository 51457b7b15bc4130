// The checkpoint of an engineering thread.
#pragma once

#include "contracts/entities/entities.h"
#include "contracts/fields/field_list.h"
#include "contracts/messages/engineering.h"

namespace control::graphs {

using contracts::Json;

struct EngineeringState {
    std::string request_id;
    std::string correlation_id;
    std::optional<std::string> callback_stream;
    std::string task_id;
    std::string project_id;
    std::string user_id;
    std::string spec;
    std::string repository;
    std::string branch;
    std::string location;  // of the repository, for people; known after `prepare`

    std::int64_t rounds_done = 0;     // of developer and tester
    std::int64_t last_round = 0;      // after which a person is asked
    std::int64_t tries = 0;           // broken turns of this round
    std::int64_t platform_tries = 0;  // in a row that failed on the platform's side
    std::string resume;  // the node to go back to after waiting, or after a person's word
    std::int64_t wait_ms = 0;
    std::string trouble;  // why it waits, or what a person has to look at
    bool asked_again = false;

    std::string worker;        // the one it has now; empty: none
    std::string turn_request;  // the request_id of its turn
    std::optional<contracts::Timestamp> turn_began;
    std::int64_t memory_mb = 0;
    std::int64_t turn_seconds = 0;
    bool memory_doubled = false;
    bool time_doubled = false;

    std::string feedback;  // for the developer's next round
    std::string answer;    // what a person said
    std::string commit;
    std::string tested_commit;
    std::vector<std::string> files;
    std::string test_command;
    std::string summary;
    bool merged = false;
    Json usage = Json::object();  // of all turns together
};
void visit_fields(EngineeringState& state, contracts::FieldList& fields);

// What a thread begins with. The repository is named after the project and its id.
[[nodiscard]] EngineeringState begin_engineering(const contracts::EngineeringMessage& message,
                                                 const contracts::Task& task,
                                                 const contracts::Project& project);

// Adds the numbers of `more` to those of `sum`, by name, however deep.
void add_usage(Json& sum, const Json& more);

}  // namespace control::graphs
