#include "control/api/catalog.h"

#include "contracts/base/id.h"
#include "control/api/assign.h"

namespace control {

using contracts::FieldList;
using contracts::Timestamp;

using contracts::kCatalogName;
using contracts::kDocumentPath;
using contracts::kDocumentText;
using contracts::kNotNegative;
using contracts::kSystemPrompt;

void visit_fields(NewAgentConfig& row, FieldList& fields) {
    fields.required("name", row.name, kCatalogName);
    fields.defaulted("type", row.type);
    fields.required("model", row.model, kCatalogName);
    fields.defaulted("system_prompt", row.system_prompt, kSystemPrompt);
    fields.defaulted("is_active", row.is_active);
}

void visit_fields(AgentConfigChange& change, FieldList& fields) {
    fields.optional("name", change.name, kCatalogName);
    fields.optional("type", change.type);
    fields.optional("model", change.model, kCatalogName);
    fields.optional("system_prompt", change.system_prompt, kSystemPrompt);
    fields.optional("is_active", change.is_active);
}

void visit_fields(NewAvailableModel& row, FieldList& fields) {
    fields.required("provider", row.provider, kCatalogName);
    fields.required("name", row.name, kCatalogName);
    fields.optional("context_window", row.context_window, kNotNegative);
    fields.optional("input_price", row.input_price, kNotNegative);
    fields.optional("output_price", row.output_price, kNotNegative);
}

void visit_fields(AvailableModelChange& change, FieldList& fields) {
    fields.optional("name", change.name, kCatalogName);
    fields.optional("context_window", change.context_window, kNotNegative);
    fields.optional("input_price", change.input_price, kNotNegative);
    fields.optional("output_price", change.output_price, kNotNegative);
}

void visit_fields(NewRagDocument& row, FieldList& fields) {
    fields.required("source", row.source, kCatalogName);
    fields.required("path", row.path, kDocumentPath);
    fields.required("text", row.text, kDocumentText);
}

void visit_fields(RagDocumentChange& change, FieldList& fields) {
    fields.optional("source", change.source, kCatalogName);
    fields.optional("path", change.path, kDocumentPath);
    fields.optional("text", change.text, kDocumentText);
}

Result<contracts::AgentConfig> AgentConfigResource::make(Queries& db, const Caller&, New&& body,
                                                         Timestamp now) {
    Entity made;
    made.id = contracts::make_uuid7(now);
    made.name = std::move(body.name);
    made.type = body.type;
    made.model = std::move(body.model);
    made.system_prompt = std::move(body.system_prompt);
    made.is_active = body.is_active;
    if (Result<void> put = agent_configs::insert(db, made, now); !put) return put.fault();
    return made;
}

Result<void> AgentConfigResource::change(Queries&, const Caller&, Entity& row, Change&& change,
                                         Timestamp) {
    assign(row.name, std::move(change.name));
    assign(row.type, std::move(change.type));
    assign(row.model, std::move(change.model));
    assign(row.system_prompt, std::move(change.system_prompt));
    assign(row.is_active, std::move(change.is_active));
    return {};
}

Result<contracts::AvailableModel> AvailableModelResource::make(Queries& db, const Caller&,
                                                               New&& body, Timestamp now) {
    Entity made;
    made.id = contracts::make_uuid7(now);
    made.provider = std::move(body.provider);
    made.name = std::move(body.name);
    made.context_window = body.context_window;
    made.input_price = body.input_price;
    made.output_price = body.output_price;
    if (Result<void> put = available_models::insert(db, made, now); !put) return put.fault();
    return made;
}

Result<void> AvailableModelResource::change(Queries&, const Caller&, Entity& row, Change&& change,
                                            Timestamp) {
    assign(row.name, std::move(change.name));
    assign(row.context_window, std::move(change.context_window));
    assign(row.input_price, std::move(change.input_price));
    assign(row.output_price, std::move(change.output_price));
    return {};
}

Result<contracts::RagDocument> RagDocumentResource::make(Queries& db, const Caller&, New&& body,
                                                         Timestamp now) {
    Entity made;
    made.id = contracts::make_uuid7(now);
    made.source = std::move(body.source);
    made.path = std::move(body.path);
    made.text = std::move(body.text);
    made.created_at = now;
    if (Result<void> put = rag_documents::insert(db, made); !put) return put.fault();
    return made;
}

Result<void> RagDocumentResource::change(Queries&, const Caller&, Entity& row, Change&& change,
                                         Timestamp) {
    assign(row.source, std::move(change.source));
    assign(row.path, std::move(change.path));
    assign(row.text, std::move(change.text));
    return {};
}

}  // namespace control
