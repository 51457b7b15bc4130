// Agents' settings, models and documents as the API serves them (see resources.h).
#pragma once

#include "contracts/entities/catalog.h"
#include "control/api/caller.h"
#include "control/store/agent_configs.h"
#include "control/store/available_models.h"
#include "control/store/rag_documents.h"

namespace control {

struct NewAgentConfig {
    std::string name;
    contracts::AgentType type = contracts::AgentType::claude;
    std::string model;
    std::string system_prompt;
    bool is_active = true;
};
void visit_fields(NewAgentConfig& row, contracts::FieldList& fields);

struct AgentConfigChange {
    std::optional<std::string> name;
    std::optional<contracts::AgentType> type;
    std::optional<std::string> model;
    std::optional<std::string> system_prompt;
    std::optional<bool> is_active;
};
void visit_fields(AgentConfigChange& change, contracts::FieldList& fields);

struct AgentConfigResource {
    using Entity = contracts::AgentConfig;
    using New = NewAgentConfig;
    using Change = AgentConfigChange;
    static constexpr auto list = &agent_configs::list;
    static constexpr auto find = &agent_configs::find;
    static constexpr auto update = &agent_configs::update;
    static constexpr auto erase = &agent_configs::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

struct NewAvailableModel {
    std::string provider;
    std::string name;
    std::optional<std::int64_t> context_window;
    std::optional<double> input_price;
    std::optional<double> output_price;
};
void visit_fields(NewAvailableModel& row, contracts::FieldList& fields);

struct AvailableModelChange {
    std::optional<std::string> name;
    std::optional<std::int64_t> context_window;
    std::optional<double> input_price;
    std::optional<double> output_price;
};
void visit_fields(AvailableModelChange& change, contracts::FieldList& fields);

struct AvailableModelResource {
    using Entity = contracts::AvailableModel;
    using New = NewAvailableModel;
    using Change = AvailableModelChange;
    static constexpr auto list = &available_models::list;
    static constexpr auto find = &available_models::find;
    static constexpr auto update = &available_models::update;
    static constexpr auto erase = &available_models::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

struct NewRagDocument {
    std::string source;
    std::string path;
    std::string text;
};
void visit_fields(NewRagDocument& row, contracts::FieldList& fields);

struct RagDocumentChange {
    std::optional<std::string> source;
    std::optional<std::string> path;
    std::optional<std::string> text;
};
void visit_fields(RagDocumentChange& change, contracts::FieldList& fields);

struct RagDocumentResource {
    using Entity = contracts::RagDocument;
    using New = NewRagDocument;
    using Change = RagDocumentChange;
    static constexpr auto list = &rag_documents::list;
    static constexpr auto find = &rag_documents::find;
    static constexpr auto update = &rag_documents::update;
    static constexpr auto erase = &rag_documents::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

}  // namespace control
