// What administrators do with workers: list them, read their output, and end them.
#include "cli/api_answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/commands/steering.h"
#include "cli/input.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Result;

constexpr std::string_view kStates[] = {"queued", "creating", "running", "ended", "removed"};

class WorkerList final : public Command {
public:
    void declare(Options& options) override {
        options.text("--state", "STATE", state_, "only workers in this state", kStates);
        options.text("--task", "ID", task_, "only workers of this task");
        page_.declare(options);
    }
    Result<Outcome> run(Session& session) override {
        std::string filter;
        if (state_) filter.append("state=").append(encoded(*state_));
        if (task_)
            filter.append(filter.empty() ? "" : "&").append("task_id=").append(encoded(*task_));
        Result<std::string> query = page_.query(std::move(filter));
        if (!query) return query.fault();
        return list(session, "/api/workers" + *query,
                    {"id", "type", "agent_type", "status", "cause", "task_id", "created_at"});
    }

private:
    std::optional<std::string> state_;
    std::optional<std::string> task_;
    Page page_;
};

// "worker w1 is failed: killed"
std::string describe(const contracts::Json& worker) {
    std::string text = "worker " + contracts::text_at(worker, "id") + " is " +
                       contracts::text_at(worker, "status");
    if (const std::string error = contracts::text_at(worker, "error"); !error.empty())
        text.append(": ").append(error);
    return text;
}

class WorkerShow final : public Command {
public:
    void declare(Options& options) override {
        options.argument("ID", id_, "the worker's id, as worker list shows it");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("id", *id_); !id) return id.fault();
        Result<ApiAnswer> worker = session.destination->api({"GET", "/api/workers/" + *id_});
        if (!worker) return worker.fault();
        std::string message = describe(worker->body);
        return Outcome{std::move(worker->body), std::move(message)};
    }

private:
    std::optional<std::string> id_;
};

class WorkerSteer final : public Command {
public:
    explicit WorkerSteer(std::string_view command) : command_(command) {}

    void declare(Options& options) override {
        options.argument("ID", id_, "the worker's id, as worker list shows it");
    }
    Result<Outcome> run(Session& session) override {
        return steer(session, {.target = "worker", .id = *id_, .command = command_});
    }

private:
    std::string_view command_;
    std::optional<std::string> id_;
};

}  // namespace

std::unique_ptr<Command> worker_list() {
    return std::make_unique<WorkerList>();
}
std::unique_ptr<Command> worker_show() {
    return std::make_unique<WorkerShow>();
}
std::unique_ptr<Command> worker_logs() {
    return std::make_unique<WorkerSteer>("logs");
}
std::unique_ptr<Command> worker_kill() {
    return std::make_unique<WorkerSteer>("kill");
}

}  // namespace cli::commands
