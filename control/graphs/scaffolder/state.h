// The checkpoint of a scaffolder's thread.
#pragma once

#include "control/graphs/kit/parts.h"

namespace control::graphs {

struct ScaffolderState : RequestPart, PatiencePart {
    std::string project_id;
    std::string project_name;
    std::string project_status;  // the status to return to if this fails
    std::string description;
    std::string repository;
    std::vector<std::string> modules;
};
void visit_fields(ScaffolderState& state, contracts::FieldList& fields);

}  // namespace control::graphs
