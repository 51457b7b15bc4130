// The additional fields in the checkpoint of a planned task.
#pragma once

#include "contracts/fields/field_list.h"

#include <optional>
#include <string>
#include <vector>

namespace control::graphs {

struct PlanPart {
    bool is_planned = false;
    std::int64_t drafts = 0;          // consecutive plans that could not be read
    std::vector<std::string> titles;  // of the parts, in order
    std::vector<std::string> specs;
    std::vector<std::string> parts;  // ids of the tasks that have begun
    std::int64_t parts_done = 0;
    std::optional<contracts::Timestamp> part_since;
    std::int64_t part_look_s = 0;
};
void visit_fields(PlanPart& part, contracts::FieldList& fields);

}  // namespace control::graphs
