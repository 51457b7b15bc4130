// What administrators choose from and give out: agents' settings, models, keys of programs, and the
// documents that searches use.
#pragma once

#include "contracts/fields/field_list.h"
#include "contracts/messages/worker.h"

namespace contracts {

struct AgentConfig {
    std::string id;
    std::string name;
    AgentType type = AgentType::claude;
    std::string model;
    std::string system_prompt;
    bool is_active = true;
};
void visit_fields(AgentConfig& config, FieldList& fields);

// A program's key: its bearer token. Its scopes are command patterns that say what it is allowed to
// do. The holder of a key can create weaker keys; each is bounded by the key that created it: its
// commands, its rows, its expiry, its revocation.
struct ApiKey {
    std::string id;
    std::string name;
    std::vector<std::string> scopes;
    std::optional<std::string> user_id;     // the user whose rows it sees; absent: everybody's
    std::optional<std::string> project_id;  // the one project it sees; absent: all of them
    bool speaks_for_users = false;  // a bot's key: each request names its user (X-Telegram-ID)
    std::optional<Timestamp> expires_at;
    Timestamp created_at{};
    std::optional<Timestamp> last_used_at;  // to the hour
    std::optional<Timestamp> revoked_at;
};
void visit_fields(ApiKey& key, FieldList& fields);

// The response to its creation, the only one that has the key itself.
struct CreatedApiKey : ApiKey {
    std::optional<std::string> key;
};
void visit_fields(CreatedApiKey& key, FieldList& fields);

struct AvailableModel {
    std::string id;
    std::string provider;
    std::string name;
    std::optional<std::int64_t> context_window;
    std::optional<double> input_price;
    std::optional<double> output_price;
};
void visit_fields(AvailableModel& model, FieldList& fields);

struct RagDocument {
    std::string id;
    std::string source;  // where it comes from: a repository, a site
    std::string path;    // its path there
    std::string text;
    Timestamp created_at{};
};
void visit_fields(RagDocument& document, FieldList& fields);

// A part of a document, as searches find it.
struct RagChunk {
    std::string id;
    std::string document_id;
    std::string source;
    std::string path;
    std::int64_t position = 0;
    std::string text;
    std::optional<Json> embedding;
};
void visit_fields(RagChunk& chunk, FieldList& fields);

inline constexpr Bounds kCatalogName{1, 256};
inline constexpr Bounds kSystemPrompt{0, 1 << 18};
inline constexpr Bounds kScopes{0, 256};
inline constexpr Bounds kDocumentText{1, 4 << 20};
inline constexpr Bounds kDocumentPath{1, 1024};

}  // namespace contracts
