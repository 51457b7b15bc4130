// What administrators do with flows: list them and steer them.
#include "cli/api_answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/commands/steering.h"
#include "cli/input.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Json;
using contracts::Result;

constexpr std::string_view kStatuses[] = {"running", "waiting", "paused",   "completed",
                                          "failed",  "blocked", "cancelled"};

class FlowList final : public Command {
public:
    void declare(Options& options) override {
        options.text("--status", "STATUS", status_, "only flows with this status", kStatuses);
        options.text("--task", "ID", task_, "only the flow of this task");
        options.text("--project", "ID", project_, "only flows of this project's tasks");
        page_.declare(options);
    }
    Result<Outcome> run(Session& session) override {
        std::string filter;
        for (const auto& [name, value] :
             {std::pair("status", &status_), std::pair("task_id", &task_),
              std::pair("project_id", &project_)})
            if (*value)
                filter.append(filter.empty() ? "" : "&")
                    .append(name)
                    .append("=")
                    .append(encoded(**value));
        Result<std::string> query = page_.query(std::move(filter));
        if (!query) return query.fault();
        return list(session, "/api/flows" + *query,
                    {"id", "graph", "subject", "node", "status", "reason", "updated_at"});
    }

private:
    std::optional<std::string> status_;
    std::optional<std::string> task_;
    std::optional<std::string> project_;
    Page page_;
};

class FlowShow final : public Command {
public:
    void declare(Options& options) override {
        options.argument("ID", id_, "the flow's id, as flow list shows it");
        options.flag("--mermaid", mermaid_, "print only its graph, as a Mermaid flowchart");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("id", *id_); !id) return id.fault();
        const std::string path = "/api/flows/" + *id_;
        Result<ApiAnswer> flow = session.destination->api({"GET", path});
        if (!flow) return flow.fault();
        if (mermaid_) {
            Outcome drawing;
            drawing.plain = contracts::text_at(flow->body, "drawing");
            if (drawing.plain) return drawing;
            return fail(
                contracts::ErrorKind::not_found,
                "no daemon has described the graph " + contracts::text_at(flow->body, "graph"));
        }
        for (const char* part : {"steps", "effects"}) {
            Result<ApiAnswer> rest = session.destination->api({"GET", path + "/" + part});
            if (!rest) return rest.fault();
            flow->body[part] = std::move(rest->body);
        }
        std::string message = "flow " + *id_ + " is " + contracts::text_at(flow->body, "status");
        return Outcome{std::move(flow->body), std::move(message)};
    }

private:
    std::optional<std::string> id_;
    bool mermaid_ = false;
};

// `pause`, `resume`, `retry`, `answer` and `cancel`; each has only the options that apply to it.
class FlowSteer final : public Command {
public:
    explicit FlowSteer(std::string_view command) : command_(command) {}

    void declare(Options& options) override {
        options.argument("ID", id_, "the flow's id, as flow list shows it");
        if (command_ == "answer")
            options.argument("TEXT", text_, "the answer; - is standard input");
        if (command_ == "retry")
            options.text("--node", "NODE", node_, "begin at this node instead of the current one");
        if (command_ == "retry" || command_ == "cancel")
            options.text("--text", "TEXT", text_, "the text for the flow; - reads standard input");
    }
    Result<Outcome> run(Session& session) override {
        Steering asked{.target = "flow", .id = *id_, .command = command_, .node = node_};
        if (text_) {
            Result<std::string> text = read_answer(*text_, session.stdin_fd);
            if (!text) return text.fault();
            asked.text = *std::move(text);
        }
        return steer(session, asked);
    }

private:
    std::string_view command_;
    std::optional<std::string> id_;
    std::optional<std::string> node_;
    std::optional<std::string> text_;
};

}  // namespace

std::unique_ptr<Command> flow_list() {
    return std::make_unique<FlowList>();
}
std::unique_ptr<Command> flow_show() {
    return std::make_unique<FlowShow>();
}
std::unique_ptr<Command> flow_pause() {
    return std::make_unique<FlowSteer>("pause");
}
std::unique_ptr<Command> flow_resume() {
    return std::make_unique<FlowSteer>("resume");
}
std::unique_ptr<Command> flow_retry() {
    return std::make_unique<FlowSteer>("retry");
}
std::unique_ptr<Command> flow_answer() {
    return std::make_unique<FlowSteer>("answer");
}
std::unique_ptr<Command> flow_cancel() {
    return std::make_unique<FlowSteer>("cancel");
}

}  // namespace cli::commands
