// The documents of a project as the API serves them: listing and searching them. A project that the
// caller may not see has none.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/api/exchange.h"

namespace control {

struct ProjectDocument {
    std::string path;
    std::int64_t bytes = 0;
    std::int64_t parts = 0;
    std::optional<std::string> left_because{};  // why it could not be read as a document
};
void visit_fields(ProjectDocument& document, contracts::FieldList& fields);

struct FoundPart {
    std::string path;
    std::int64_t position = 0;  // the part's number in the document
    std::string text;
};
void visit_fields(FoundPart& part, contracts::FieldList& fields);

// GET /api/projects/{id}/documents
void handle_documents(Exchange&& exchange);
// GET /api/projects/{id}/documents/search?query=words&limit=5: by words, and by meaning if a model
// is configured; parts found in both ways come first.
void handle_search_documents(Exchange&& exchange);

}  // namespace control
