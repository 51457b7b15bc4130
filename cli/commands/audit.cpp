// Changes that were made through the API, and by whom.
#include "cli/api_answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"

namespace cli::commands {

namespace {

using contracts::Result;

class AuditFilter {
public:
    void declare(Options& options) {
        options.text("--caller", "NAME", caller_,
                     "only changes by this caller (\"token 0a1b2c3d\")");
        options.text("--user", "ID", user_, "only changes for this user");
        options.text("--action", "ACTION", action_,
                     "only changes of this kind (\"PATCH /api/tasks/{id}\")");
        options.text("--subject", "ID", subject_, "only changes of what has this id or name");
    }
    [[nodiscard]] std::string query() const {
        std::string filter;
        const std::pair<std::string_view, const std::optional<std::string>&> chosen[] = {
            {"caller=", caller_},
            {"user_id=", user_},
            {"action=", action_},
            {"subject=", subject_}};
        for (const auto& [name, value] : chosen)
            if (value)
                filter.append(filter.empty() ? "" : "&").append(name).append(encoded(*value));
        return filter;
    }

private:
    std::optional<std::string> caller_;
    std::optional<std::string> user_;
    std::optional<std::string> action_;
    std::optional<std::string> subject_;
};

class AuditList final : public Command {
public:
    void declare(Options& options) override {
        filter_.declare(options);
        page_.declare(options);
    }
    Result<Outcome> run(Session& session) override {
        Result<std::string> query = page_.query(filter_.query());
        if (!query) return query.fault();
        return list(session, "/api/audit_log" + *query,
                    {"created_at", "caller", "user_id", "action", "subject", "fields"});
    }

private:
    AuditFilter filter_;
    Page page_;
};

// Prints one JSON object per line, as log archives read them.
class AuditExport final : public Command {
public:
    void declare(Options& options) override { filter_.declare(options); }
    Result<Outcome> run(Session& session) override {
        Outcome whole;
        whole.plain.emplace();
        Page page{.limit = "500", .cursor = std::nullopt};
        std::size_t count = 0;
        do {
            Result<std::string> query = page.query(filter_.query());
            if (!query) return query.fault();
            Result<Outcome> part = list(session, "/api/audit_log" + *query, {});
            if (!part) return part;
            for (const contracts::Json& entry : part->data)
                whole.plain->append(contracts::dump_json(entry)).append("\n");
            count += part->data.size();
            page.cursor = part->next_cursor;
        } while (!page.cursor->empty());
        whole.message = std::to_string(count) + " exported";
        return whole;
    }

private:
    AuditFilter filter_;
};

}  // namespace

std::unique_ptr<Command> audit_list() {
    return std::make_unique<AuditList>();
}

std::unique_ptr<Command> audit_export() {
    return std::make_unique<AuditExport>();
}

}  // namespace cli::commands
