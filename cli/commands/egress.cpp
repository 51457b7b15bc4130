// What administrators see of workers' connections to outside hosts.
#include "cli/api_answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"

namespace cli::commands {

namespace {

using contracts::Result;

class EgressList final : public Command {
public:
    void declare(Options& options) override {
        options.text("--worker", "ID", worker_, "only refusals of this worker");
        options.text("--task", "ID", task_, "only refusals of workers of this task");
        options.text("--host", "HOST", host_, "only refusals of this host");
        page_.declare(options);
    }
    Result<Outcome> run(Session& session) override {
        std::string filter;
        const std::pair<std::string_view, const std::optional<std::string>&> chosen[] = {
            {"worker_id=", worker_}, {"task_id=", task_}, {"host=", host_}};
        for (const auto& [name, value] : chosen)
            if (value)
                filter.append(filter.empty() ? "" : "&").append(name).append(encoded(*value));
        Result<std::string> query = page_.query(std::move(filter));
        if (!query) return query.fault();
        return list(session, "/api/egress/refusals" + *query,
                    {"worker_id", "task_id", "host", "port", "count", "last_at", "reason"});
    }

private:
    std::optional<std::string> worker_;
    std::optional<std::string> task_;
    std::optional<std::string> host_;
    Page page_;
};

}  // namespace

std::unique_ptr<Command> egress_list() {
    return std::make_unique<EgressList>();
}

}  // namespace cli::commands
