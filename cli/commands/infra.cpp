#include "cli/commands/commands.h"
#include "cli/commands/rest.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Result;

class InfraList final : public Command {
public:
    InfraList(std::string path, std::vector<std::string_view> columns)
        : path_(std::move(path)), columns_(std::move(columns)) {}

    void declare(Options& options) override { page_.declare(options); }
    Result<Outcome> run(Session& session) override {
        Result<std::string> query = page_.query();
        if (!query) return fail(std::move(query.error()));
        return list(session, path_ + *query, columns_);
    }

private:
    std::string path_;
    std::vector<std::string_view> columns_;
    Page page_;
};

}  // namespace

std::unique_ptr<Command> infra_servers() {
    return std::make_unique<InfraList>(
        "/api/servers",
        std::vector<std::string_view>{"id", "name", "ip_address", "status", "last_health_check"});
}
std::unique_ptr<Command> infra_incidents() {
    return std::make_unique<InfraList>(
        "/api/incidents", std::vector<std::string_view>{"id", "server_id", "severity", "status",
                                                        "title", "created_at"});
}

}  // namespace cli::commands
