#include "contracts/entities/catalog.h"

namespace contracts {

void visit_fields(AgentConfig& config, FieldList& fields) {
    fields.required("id", config.id, kIdentifier);
    fields.required("name", config.name, kCatalogName);
    fields.required("type", config.type);
    fields.required("model", config.model, kCatalogName);
    fields.required("system_prompt", config.system_prompt, kSystemPrompt);
    fields.defaulted("is_active", config.is_active);
}

void visit_fields(ApiKey& key, FieldList& fields) {
    fields.required("id", key.id, kIdentifier);
    fields.required("name", key.name, kCatalogName);
    fields.required("scopes", key.scopes, kScopes);
    fields.optional("user_id", key.user_id, kIdentifier);
    fields.optional("project_id", key.project_id, kIdentifier);
    fields.defaulted("speaks_for_users", key.speaks_for_users);
    fields.optional("expires_at", key.expires_at);
    fields.required("created_at", key.created_at);
    fields.optional("last_used_at", key.last_used_at);
    fields.optional("revoked_at", key.revoked_at);
}

void visit_fields(CreatedApiKey& key, FieldList& fields) {
    visit_fields(static_cast<ApiKey&>(key), fields);
    fields.optional("key", key.key, kShortText);
}

void visit_fields(AvailableModel& model, FieldList& fields) {
    fields.required("id", model.id, kIdentifier);
    fields.required("provider", model.provider, kCatalogName);
    fields.required("name", model.name, kCatalogName);
    fields.optional("context_window", model.context_window, kNotNegative);
    fields.optional("input_price", model.input_price, kNotNegative);
    fields.optional("output_price", model.output_price, kNotNegative);
}

void visit_fields(RagDocument& document, FieldList& fields) {
    fields.required("id", document.id, kIdentifier);
    fields.required("source", document.source, kCatalogName);
    fields.required("path", document.path, kDocumentPath);
    fields.required("text", document.text, kDocumentText);
    fields.required("created_at", document.created_at);
}

void visit_fields(RagChunk& chunk, FieldList& fields) {
    fields.required("id", chunk.id, kIdentifier);
    fields.required("document_id", chunk.document_id, kIdentifier);
    fields.required("source", chunk.source, kCatalogName);
    fields.required("path", chunk.path, kDocumentPath);
    fields.required("position", chunk.position, kNotNegative);
    fields.required("text", chunk.text, kDocumentText);
    fields.optional("embedding", chunk.embedding);
}

}  // namespace contracts
