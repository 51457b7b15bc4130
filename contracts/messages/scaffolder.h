// scaffolder:queue and scaffolder:results.
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

enum class Module { backend, telegram, frontend };
inline constexpr std::string_view kModuleNames[] = {"backend", "telegram", "frontend"};
constexpr Choices choices_of(Module) {
    return kModuleNames;
}

struct ScaffolderMessage : BaseMessage {
    std::string project_id;
    std::string project_name;
    std::vector<Module> modules;
    std::optional<std::string> repo_full_name;
};
void visit_fields(ScaffolderMessage& message, FieldList& fields);

struct ScaffolderResult : BaseResult {
    std::string project_id;
    std::string repo_url;
    std::int64_t files_generated = 0;
};
void visit_fields(ScaffolderResult& message, FieldList& fields);

}  // namespace contracts
